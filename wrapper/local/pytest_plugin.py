"""A pytest fixture: a local runtime for each test that asks for one.

# conftest.py
pytest_plugins = ["wrapper.local.pytest_plugin"]
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wrapper.local import LocalRuntime

__all__ = ["local_sagemaker_runtime"]

# What could lead a client elsewhere, or sign with something else.
_STRAY_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")


@pytest.fixture
def local_sagemaker_runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRuntime]:
    """A running `LocalRuntime`, with the environment leading every AWS client to it.

    It has one endpoint, `echo`; add the test's own: `runtime.endpoints["name"] = model`.
    """
    with LocalRuntime() as runtime:
        for name in _STRAY_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in runtime.environment.items():
            monkeypatch.setenv(name, value)
        yield runtime
