"""What `import wrapper` shows: exactly these names, each importable, loaded when first used."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import wrapper

NAMES = [
    # Clients, what configures them and what they give back.
    "AsyncResponseStream",
    "AsyncSageMakerRuntimeClient",
    "Body",
    "Config",
    "Credentials",
    "CredentialsProvider",
    "Headers",
    "InvokeEndpointAsyncOutput",
    "InvokeEndpointOutput",
    "ResponseStream",
    "RetryEvent",
    "RetryPolicy",
    "SageMakerRuntimeClient",
    "ServerSentEvent",
    "SigV4Auth",
    "Timeout",
    # Errors.
    "AccessDeniedError",
    "ConfigurationError",
    "ConnectError",
    "ConnectTimeoutError",
    "CredentialsError",
    "EventStreamDecodeError",
    "ExpiredTokenError",
    "InternalDependencyException",
    "InternalFailure",
    "InternalStreamFailure",
    "ModelError",
    "ModelNotReadyException",
    "ModelStreamError",
    "OutputDecodeError",
    "ParameterError",
    "PayloadTooLargeError",
    "PoolTimeoutError",
    "ProtocolError",
    "ReadTimeoutError",
    "SageMakerRuntimeError",
    "ServiceError",
    "ServiceUnavailable",
    "StreamError",
    "StreamTruncatedError",
    "ThrottlingError",
    "TotalTimeoutError",
    "TransportError",
    "ValidationError",
    "WriteTimeoutError",
    "__version__",
]

# Modules with names of their own for users; all others begin with an underscore.
PUBLIC_MODULES = ["credentials", "eventstream", "local", "sigv4", "transports"]


def test_the_package_exports_exactly_these_names():
    assert sorted(wrapper.__all__) == sorted(NAMES)
    assert len(set(wrapper.__all__)) == len(wrapper.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name):
    assert getattr(wrapper, name) is not None
    assert name in dir(wrapper)


def test_a_star_import_brings_them_all():
    found: dict[str, object] = {}
    exec("from wrapper import *", found)  # the only way to test it
    assert set(NAMES) <= set(found)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'wrapper' has no attribute 'Client'"):
        wrapper.Client  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Client'"):
        from wrapper import Client  # noqa: F401


def test_a_type_checker_sees_what_a_program_gets():
    syntax = ast.parse(Path(wrapper.__file__).read_text("utf-8"))
    checked = next(node for node in syntax.body if isinstance(node, ast.If))
    assert ast.unparse(checked.test) == "TYPE_CHECKING"
    imported = {
        (alias.name, node.module)
        for node in checked.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {name for name, _ in imported} == {*NAMES} - {"__version__"}
    for name, module in imported:
        assert getattr(importlib.import_module(str(module)), name) is getattr(wrapper, name)


def test_the_public_modules_are_these():
    found = [module.name for module in pkgutil.iter_modules(wrapper.__path__)]
    assert sorted(name for name in found if not name.startswith("_")) == PUBLIC_MODULES


def every_module() -> list[str]:
    found = pkgutil.walk_packages(wrapper.__path__, "wrapper.")
    return sorted(module.name for module in found if not module.name.endswith("__main__"))


@pytest.mark.parametrize("name", every_module())
def test_every_module_says_what_it_exports_and_has_it(name):
    module = importlib.import_module(name)
    assert isinstance(module.__all__, list), f"{name} has no __all__"
    assert len(set(module.__all__)) == len(module.__all__)
    for exported in module.__all__:
        assert hasattr(module, exported), f"{name} does not have {exported}"


HEAVY = ("httpx", "ssl", "asyncio", "botocore", "boto3", "anyio", "starlette", "json", "dateutil")


def loaded(program: str) -> set[str]:
    """The modules that a program loads, beyond those of an empty one."""
    listing = "import sys; print('\\n'.join(sys.modules))"
    modules = [
        set(
            subprocess.run(
                [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {text}"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout.split()
        )
        for text in (listing, f"{program}; {listing}")
    ]
    return modules[1] - modules[0]


def test_importing_the_package_loads_nothing_heavy():
    found = loaded("import wrapper")
    assert not found & set(HEAVY)
    assert {name for name in found if name.startswith("wrapper")} == {"wrapper", "wrapper._version"}


def test_naming_an_error_loads_no_http_library():
    assert not loaded("from wrapper import ModelError") & set(HEAVY)
