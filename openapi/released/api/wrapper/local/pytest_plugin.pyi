import pytest
from collections.abc import Iterator
from wrapper.local import LocalRuntime

__all__ = ['local_sagemaker_runtime']

@pytest.fixture
def local_sagemaker_runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRuntime]: ...
