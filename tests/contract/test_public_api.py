"""What of the public Python API has changed since a release is seen, and whether it breaks."""

from __future__ import annotations

import shutil
from pathlib import Path

import griffe
import pytest

from scripts.contract import public_api, released, spec
from scripts.contract.facts import ContractError

CLIENT = "wrapper/_client.pyi"

# What the released stubs said, where today's code says something else; what is told of it, if it breaks.
CHANGED = [
    (CLIENT, "target_model: str", "gone: int | None = None, target_model: str",
     "wrapper._client.SageMakerRuntimeClient.invoke_endpoint", "[keyword-only] gone: int | None = None", "Parameter was removed", True),
    (CLIENT, "accept: str | None", "accept: str | bytes | None",
     "wrapper._client.SageMakerRuntimeClient.invoke_endpoint(accept)", "str | bytes | None", "str | None", True),
    (CLIENT, "-> InvokeEndpointAsyncOutput:", "-> InvokeEndpointAsyncOutput | None:",
     "wrapper._client.SageMakerRuntimeClient.invoke_endpoint_async()",
     "InvokeEndpointAsyncOutput | None", "InvokeEndpointAsyncOutput", False),
    ("wrapper/_auth.pyi", "= 'sagemaker'", "= 'other'",
     "wrapper._auth.SigV4Auth.__init__", "[positional or keyword] service: str = 'other'",
     "Parameter default was changed: [positional or keyword] service: str = 'sagemaker'", True),
    ("wrapper/_errors.pyi", "class ModelError(ServiceError)", "class ModelError(ServiceError, ValueError)",
     "wrapper._errors.ModelError", "ServiceError, ValueError", "Base class was removed: ServiceError", True),
    ("wrapper/_outputs.pyi", "    status_code: int", "    status_code: str",
     "wrapper._outputs.InvokeEndpointOutput.status_code", "str", "int", True),
    ("wrapper/_retry_policy.pyi", "max_attempts: int = 3", "max_attempts: int = 5",
     "wrapper._retry_policy.RetryPolicy.max_attempts =", "5", "3", True),
    ("wrapper/_retry_policy.pyi", "retry_timeouts: bool = False", "retry_timeouts: bool",
     "wrapper._retry_policy.RetryPolicy.retry_timeouts =", None, "False", False),
    ("sagemaker_runtime/client.pyi", "    def get_httpx_client(", "    def close(self) -> None: ...\n    def get_httpx_client(",
     "sagemaker_runtime.client.Client.close", "close", "Public object was removed", True),
    ("sagemaker_runtime/api/runtime/invoke_endpoint.pyi", "accept: str | Unset", "accept: str | bytes | Unset",
     "sagemaker_runtime.api.runtime.invoke_endpoint.get_kwargs(accept)", "str | bytes | Unset", "str | Unset", True),
]  # fmt: skip


@pytest.mark.slow
def test_what_breaks_a_caller_of_the_wrapper_or_of_the_raw_client_is_told(checkout: Path) -> None:
    released.record()
    for path, today, then, *_ in CHANGED:
        stub = released.RELEASED / "api" / path
        text = stub.read_text()
        assert today in text, path
        stub.write_text(text.replace(today, then, 1))
    found = {
        change.where: (change.upstream, change.ours, not change.is_note)
        for change in released.check(spec.load(spec.SPEC))
    }
    wanted = {where: (then, today, True) for *_, where, then, today, breaks in CHANGED if breaks}
    assert found == wanted


@pytest.mark.slow
def test_a_record_without_the_stubs_of_a_package_names_the_remedy(checkout: Path) -> None:
    stubs = released.RELEASED / "api"
    shutil.rmtree(stubs / "wrapper")
    with pytest.raises(ContractError, match=r"api/wrapper: no stubs of the released API; bring"):
        list(public_api.changes(stubs))


@pytest.mark.slow
def test_a_stub_that_does_not_parse_is_named(checkout: Path) -> None:
    (released.RELEASED / "api" / CLIENT).write_text("def (")
    said = (
        r"^openapi/released/api/wrapper/_client\.pyi:1: [^\n]*; bring it back from version control$"
    )
    with pytest.raises(ContractError, match=said):
        list(public_api.changes(released.RELEASED / "api"))


@pytest.mark.slow
def test_a_package_that_does_not_compile_is_one_line(checkout: Path, tmp_path: Path) -> None:
    (checkout / "wrapper").unlink()
    (checkout / "wrapper").mkdir()
    (checkout / "wrapper" / "__init__.py").write_text("class class A: ...\n")
    said = r"^wrapper: stubgen failed: wrapper/__init__\.py:1: error: [^\n]*; mend it$"
    with pytest.raises(ContractError, match=said):
        public_api.write_stubs(tmp_path / "stubs")


@pytest.mark.parametrize(
    ("then", "today", "taken", "given"),
    [
        ("str", "str | None", "fine", "breaks"),
        ("str | None", "str", "breaks", "fine"),
        ("str | None", "None | str", "fine", "fine"),
        ("str", "int", "breaks", "breaks"),
        ("str", "Any", "fine", "breaks"),
        ("Any", "str", "breaks", "fine"),
        ("dict[str, int | None]", "dict[str, int]", "unknown", "unknown"),
        ("Callable[[], str] | None", "Ask | None", "unknown", "unknown"),
        ("str", "str", "fine", "fine"),
        ("Incomplete", "str", "fine", "fine"),
        (None, "str", "fine", "fine"),
    ],
)
def test_what_is_taken_may_grow_and_what_is_given_may_shrink(
    then: str | None, today: str, taken: str, given: str
) -> None:
    for is_taken, verdict in ((True, taken), (False, given)):
        found = list(public_api._compared("place", then, today, taken=is_taken))
        told = {"breaks": [True], "fine": [], "unknown": [None]}[verdict]
        assert found == [("place", then, today, breaks) for breaks in told]


def test_a_name_that_leads_nowhere_any_more_breaks(tmp_path: Path) -> None:
    packages = []
    for name, module in (("old", "class A: ..."), ("new", "class B: ...")):
        folder = tmp_path / name / "package"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("from package._a import A\n\n__all__ = ['A']\n")
        (folder / "_a.py").write_text(f"{module}\n")
        packages.append(griffe.load("package", search_paths=[folder.parent]))
    assert list(public_api._retyped(*packages, set())) == [
        ("package.A", "package._a.A", "leads nowhere", True)
    ]


def test_the_stubs_have_the_defaults_of_fields() -> None:
    source = "class A:\n    x: int = 1 + 1\n    y: str\n    é: str = 'é'\n\nx: int = 3\n"
    stub = "class A:\n    x: int = ...\n    y: str\n    é: str = ...  # é\nx: int = ...\n"
    assert public_api._with_defaults(stub, source) == (
        "class A:\n    x: int = 1 + 1\n    y: str\n    é: str = 'é'  # é\nx: int = ...\n"
    )
