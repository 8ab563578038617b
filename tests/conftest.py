"""What all tests share: an environment without this machine's settings, and no time limits."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.faces import ASYNC, SYNC, Face
from wrapper.local import LocalRuntime

# How long an example takes says more about the machine than about the code. `make test` tries the
# same examples every time, so that its outcome speaks of the change; `make explore` tries new ones.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", _PATIENT, derandomize=True)
settings.register_profile("exploring", _PATIENT, print_blob=True)
settings.load_profile("repeatable")

_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")

for _name in list(os.environ):
    if _name.startswith("AWS_") or _name.lower() in _PROXIES or _name == "REQUESTS_CA_BUNDLE":
        del os.environ[_name]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


@pytest.fixture(scope="session", params=[SYNC, ASYNC], ids=["sync", "async"])
def face(request: pytest.FixtureRequest) -> Face:
    """One of the two clients: what a test says of one holds for the other."""
    return request.param


@pytest.fixture
def runtime() -> Iterator[LocalRuntime]:
    """A local runtime of the test's own, with the endpoint `echo`."""
    with LocalRuntime() as runtime:
        yield runtime
