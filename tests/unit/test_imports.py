"""The cold start: exactly what a program has imported by its first call.

A module that comes up here anew costs every program's start: see "Cold start" in
`docs/design/engine.md` before adding it to a table.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

import wrapper
from tests.scripted_server import Peer, ScriptedServer

ROOT = Path(wrapper.__file__).parent.parent

# What nothing of the client's needs before a first answer: the table's reason to be.
NEVER = {
    *("attr", "attrs", "dataclasses", "inspect", "ast", "tokenize", "dis", "platform"),
    *("httpx", "httpcore", "h11", "anyio", "certifi", "dateutil", "boto3", "botocore"),
    *("email", "http", "urllib", "ipaddress", "xml", "configparser", "shlex", "subprocess"),
    *("logging", "json", "random", "uuid", "secrets", "tempfile", "pathlib", "idna"),
    *("asyncio", "concurrent", "queue", "importlib.metadata", "encodings.idna", "stringprep"),
}

OWN_AT_FIRST = {"wrapper", "wrapper._version"}
OWN_OF_A_CLIENT = OWN_AT_FIRST | {
    *("wrapper._base_client", "wrapper._bodies", "wrapper._calls", "wrapper._canonical_request"),
    *("wrapper._client", "wrapper._config", "wrapper._config_files", "wrapper._credentials"),
    *("wrapper._endpoints", "wrapper._errors", "wrapper._headers", "wrapper._http"),
    *("wrapper._engine", "wrapper._engine.exchange_errors", "wrapper._engine.pool"),
    *("wrapper._engine.sync_connection", "wrapper._engine.sync_engine"),
    *("wrapper._http11", "wrapper._http11.answer", "wrapper._http11.body", "wrapper._http11.head"),
    *("wrapper._operations", "wrapper._outputs", "wrapper._parameters", "wrapper._proxies"),
    *("wrapper._prepared_request", "wrapper._requests", "wrapper._responses"),
    *("wrapper._retry", "wrapper._retry_policy"),
    *("wrapper._retry_quota", "wrapper._server_time", "wrapper._settings", "wrapper._timeouts"),
    "wrapper._user_agent",
    *("wrapper._values", "wrapper.credentials", "wrapper.credentials._provider"),
    *("wrapper.credentials._refresh", "wrapper.credentials._sources", "wrapper.credentials._steps"),
    "wrapper.sigv4",
    *("sagemaker_runtime", "sagemaker_runtime.contract", "sagemaker_runtime.types"),
    *("sagemaker_runtime.api", "sagemaker_runtime.api.runtime"),
    "sagemaker_runtime.api.runtime.invoke_endpoint",
    "sagemaker_runtime.api.runtime.invoke_endpoint_async",
    "sagemaker_runtime.api.runtime.invoke_endpoint_with_response_stream",
}
OWN_OF_THE_SYNCHRONOUS = {
    *("wrapper._client", "wrapper._engine.sync_connection", "wrapper._engine.sync_engine"),
}
# The standard library's own, top-level names without an underscore; versions differ a little.
LIBRARY = {
    *("abc", "array", "collections", "contextlib", "copyreg", "datetime", "enum", "errno"),
    *("functools", "hashlib", "hmac", "itertools", "keyword", "math", "operator", "re"),
    *("reprlib", "select", "selectors", "socket", "sre_compile", "threading", "types", "typing"),
    *("warnings", "weakref", "heapq", "annotationlib"),
    *("os", "stat", "genericpath", "posixpath", "ntpath"),  # by `site`, when that runs
    *("importlib", "atexit"),  # by `wrapper.__getattr__`, by `weakref.finalize`
}
LIBRARY_OF_TLS = LIBRARY | {"base64", "binascii", "ssl", "struct"}

CLIENT = """
import wrapper
client = wrapper.SageMakerRuntimeClient(
    "eu-west-1", endpoint_url={url!r}, verify={bundle!r}, credentials=wrapper.Credentials("a", "b")
)
"""
CALL = CLIENT + 'assert client.invoke_endpoint("churn", b"1").body == b"ok"\n'
ASYNC_CALL = """
import asyncio
before = set(sys.modules)
import wrapper
async def main():
    async with wrapper.AsyncSageMakerRuntimeClient(
        "eu-west-1", endpoint_url={url!r}, credentials=wrapper.Credentials("a", "b")
    ) as client:
        return await client.invoke_endpoint("churn", b"1")
assert asyncio.run(main()).body == b"ok"
"""


def imported(code: str) -> set[str]:
    """What this code has imported, in an interpreter that has not read any site's packages."""
    program = f"import sys\nbefore = set(sys.modules)\n{code}\nloaded = set(sys.modules) - before"
    program += "\nimport json\nprint(json.dumps(sorted(loaded)))"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))
    }
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated")]),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "*",
    }
    # Without what the environment's .pth files import; packages are still found, to be noticed.
    paths = [path for path in sys.path if "site-packages" in path]
    program = f"import sys\nsys.path += {paths!r}\n{program}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def own(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] in {"wrapper", "sagemaker_runtime"}}


def library(modules: set[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in modules - own(modules)}
    return {name for name in tops if not name.startswith("_")}


def unwanted(modules: set[str]) -> set[str]:
    return modules & NEVER


@pytest.fixture(scope="module")
def answering() -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        while peer.read_request()[0]:
            peer.answer(b"ok")

    return script


@pytest.fixture(scope="module")
def url(answering: Callable[[Peer], None]) -> Iterator[str]:
    with ScriptedServer(answering) as server:
        yield f"http://localhost:{server.port}"


@pytest.fixture(scope="module")
def secured(
    answering: Callable[[Peer], None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    authority = trustme.CA()
    bundle = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with ScriptedServer(answering, context=context) as server:
        yield f"https://localhost:{server.port}", str(bundle)


def test_the_package_alone_imports_typing_and_no_module_of_its_own():
    modules = imported("import wrapper")
    assert own(modules) == OWN_AT_FIRST
    assert library(modules) - LIBRARY == set()
    assert unwanted(modules) == set()
    assert "datetime" not in modules


def test_a_client_imports_what_a_call_needs_and_nothing_of_tls(url):
    modules = imported(CLIENT.format(url=url, bundle=None))
    assert own(modules) == OWN_OF_A_CLIENT
    assert library(modules) - LIBRARY == set()
    assert unwanted(modules) == set()


def test_a_call_imports_no_more(url):
    modules = imported(CALL.format(url=url, bundle=None))
    assert own(modules) == OWN_OF_A_CLIENT
    assert library(modules) - LIBRARY == set()
    assert unwanted(modules) == set()


def test_over_tls_a_call_imports_ssl_besides(secured):
    modules = imported(CALL.format(url=secured[0], bundle=secured[1]))
    assert own(modules) == OWN_OF_A_CLIENT | {"wrapper._certificates", "wrapper._engine.tls"}
    assert library(modules) - LIBRARY_OF_TLS == set()
    assert unwanted(modules) == set()


def test_the_regions_own_endpoint_needs_the_partitions_besides():
    client = "import wrapper\nwrapper.SageMakerRuntimeClient('eu-west-1', credentials=lambda: None)"
    modules = imported(client)
    assert own(modules) == OWN_OF_A_CLIENT | {"wrapper._partitions"}
    assert unwanted(modules) == set()


def test_an_asynchronous_call_imports_little_beside_asyncio(url):
    modules = imported(ASYNC_CALL.format(url=url))
    assert own(modules) == OWN_OF_A_CLIENT - OWN_OF_THE_SYNCHRONOUS | {
        *("wrapper._async_client", "wrapper._engine.async_connection"),
        *("wrapper._engine.async_engine", "wrapper._engine.by_loop", "wrapper._engine.outbox"),
        *("wrapper._engine.phase_timer", "wrapper._engine.transport_stack"),
    }
    # By asyncio, which resolves names in a thread, after `import asyncio` itself.
    assert unwanted(modules) - {"queue", "encodings.idna", "stringprep"} == set()


def test_what_is_kept_out_is_there_to_be_imported():
    """A name that nobody could import would be kept out whatever the code does."""
    assert imported("import " + ", ".join(sorted(NEVER))) >= NEVER
