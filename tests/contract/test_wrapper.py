"""A gap between the raw client, the seam and the public methods is seen and named."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import pytest

from sagemaker_runtime import contract
from sagemaker_runtime.api.runtime import invoke_endpoint
from scripts.contract import wrapper as checks
from wrapper import (
    AsyncSageMakerRuntimeClient,
    Body,
    InvokeEndpointOutput,
    SageMakerRuntimeClient,
)
from wrapper._operations import OPERATIONS, Operation

Document = dict[str, Any]
Found = dict[str, tuple[object, object]]


def _by_place(differences: list[Any]) -> Found:
    assert all(difference.remedy for difference in differences)
    return {difference.where: (difference.upstream, difference.ours) for difference in differences}


def test_today_the_seam_reaches_everything_and_the_methods_reach_the_seam(
    document: Document,
) -> None:
    assert checks.check_seam(document) == []
    assert checks.check_methods(document) == []


def test_an_operation_that_the_seam_lacks_is_named(document: Document) -> None:
    found = _by_place(checks.check_seam(document, OPERATIONS[:2]))
    assert found == {"invoke_endpoint_with_response_stream": ("an operation", None)}


def test_an_operation_that_the_seam_lacks_is_not_asked_of_the_methods(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = contract.INVOKE_ENDPOINT._replace(name="PingEndpoint", function="ping_endpoint")
    monkeypatch.setattr(contract, "OPERATIONS", (*contract.OPERATIONS, more))
    assert checks.check_methods(document) == []


def test_an_operation_that_the_raw_client_lacks_is_named(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "OPERATIONS", contract.OPERATIONS[:2])
    (found,) = checks.check_seam(document)
    assert found.where == "invoke_endpoint_with_response_stream"
    assert found.remedy == "delete it from wrapper/_operations.py and from both clients"
    assert checks.check_methods(document) == []


def test_a_parameter_that_the_spec_has_no_more_is_named(document: Document) -> None:
    spec_without = copy.deepcopy(document)
    operation = spec_without["paths"]["/endpoints/{EndpointName}/invocations"]["post"]
    operation["parameters"].remove({"$ref": "#/components/parameters/TargetModel"})
    (found,) = checks.check_seam(spec_without)
    assert (found.where, found.upstream) == ("invoke_endpoint.parameters", "target_model")
    assert "run `make regen`" in found.remedy
    assert checks.check_methods(spec_without) == []


def test_what_the_generated_operation_raises_is_named(document: Document) -> None:
    def failing(**arguments: Any) -> dict[str, Any]:
        raise ArithmeticError("no")

    operation = Operation(contract.INVOKE_ENDPOINT, _like_the_generated(failing))
    found = _by_place(checks.check_seam(document, (operation, *OPERATIONS[1:])))
    assert found["invoke_endpoint.accept on the wire"] == (
        "application/json",
        "ArithmeticError: no",
    )


def test_a_parameter_that_the_seam_lacks_is_named(document: Document) -> None:
    operation = Operation(contract.INVOKE_ENDPOINT, invoke_endpoint.get_kwargs)
    operation.rules = tuple(rule for rule in operation.rules if rule.name != "accept")
    found = _by_place(checks.check_seam(document, (operation, *OPERATIONS[1:])))
    assert found == {"invoke_endpoint.accept": ("str | sagemaker_runtime.types.Unset", None)}


def _like_the_generated(function: Any, *, without: str = "") -> Any:
    """Give a function the signature of the generated one, less a parameter."""
    signature = inspect.signature(invoke_endpoint.get_kwargs)
    kept = [parameter for name, parameter in signature.parameters.items() if name != without]
    function.__signature__ = signature.replace(parameters=kept)
    function.__annotations__ = invoke_endpoint.get_kwargs.__annotations__
    function.__module__ = invoke_endpoint.__name__
    return function


def test_a_parameter_that_the_raw_client_lacks_is_named(document: Document) -> None:
    def get_kwargs(**arguments: Any) -> dict[str, Any]:
        raise AssertionError(arguments)

    lacking = _like_the_generated(get_kwargs, without="accept")
    operation = Operation(contract.INVOKE_ENDPOINT, lacking)
    found = _by_place(checks.check_seam(document, (operation, *OPERATIONS[1:])))
    assert found["invoke_endpoint.accept"] == (None, "accept")


def test_a_type_that_is_not_there_at_run_time_is_named(document: Document) -> None:
    def get_kwargs(**arguments: Any) -> dict[str, Any]:
        raise AssertionError(arguments)

    closed = _like_the_generated(get_kwargs)
    closed.__annotations__ = {**closed.__annotations__, "accept": "Closed | Unset"}
    operation = Operation(contract.INVOKE_ENDPOINT, closed)
    found = _by_place(checks.check_seam(document, (operation, *OPERATIONS[1:])))
    assert found == {"invoke_endpoint": ("NameError: name 'Closed' is not defined", "str and int")}


def test_a_parameter_that_reaches_another_header_is_named(document: Document) -> None:
    def crossed(**arguments: Any) -> dict[str, Any]:
        accept, content_type = arguments.pop("accept", None), arguments.pop("content_type", None)
        if accept is not None:
            arguments["content_type"] = accept
        if content_type is not None:
            arguments["accept"] = content_type
        return invoke_endpoint.get_kwargs(**arguments)

    operation = Operation(contract.INVOKE_ENDPOINT, _like_the_generated(crossed))
    found = _by_place(checks.check_seam(document, (operation, *OPERATIONS[1:])))
    assert found == {
        "invoke_endpoint.accept on the wire": ("application/json", None),
        "invoke_endpoint.content_type on the wire": ("application/json", None),
    }


class _Lacking(SageMakerRuntimeClient):
    def invoke_endpoint(self, endpoint_name: str, body: Body) -> InvokeEndpointOutput:  # type: ignore[override]
        return super().invoke_endpoint(endpoint_name, body)


def test_a_parameter_missing_in_the_wrapper_is_named_on_the_method(document: Document) -> None:
    found = _by_place(checks.check_methods(document, (_Lacking, AsyncSageMakerRuntimeClient)))
    assert found["_Lacking.invoke_endpoint.accept"] == ("str", None)
    assert found["_Lacking.invoke_endpoint.timeout"] == ("TimeoutLike", None)
    assert not any(where.startswith("AsyncSageMakerRuntimeClient") for where in found)


class _Dropping(AsyncSageMakerRuntimeClient):
    async def invoke_endpoint_async(self, endpoint_name: str, **others: Any) -> Any:
        others.pop("filename", None)
        return await super().invoke_endpoint_async(endpoint_name, **others)


_Dropping.invoke_endpoint_async.__signature__ = inspect.signature(  # type: ignore[attr-defined]
    AsyncSageMakerRuntimeClient.invoke_endpoint_async
)
_Dropping.invoke_endpoint_async.__doc__ = AsyncSageMakerRuntimeClient.invoke_endpoint_async.__doc__


def test_a_parameter_that_a_method_takes_but_does_not_send_is_named(document: Document) -> None:
    found = _by_place(checks.check_methods(document, (SageMakerRuntimeClient, _Dropping)))
    assert found == {
        "_Dropping.invoke_endpoint_async.filename on the wire": ("result.json", None),
    }


class _Forgetting(SageMakerRuntimeClient):
    def _send(self, operation: Any, values: Any, content: Any, timeout: Any) -> Any:
        kept = {name: value for name, value in values.items() if name != "accept"}
        return super()._send(operation, kept, content, timeout)


def test_a_parameter_that_a_method_takes_but_does_not_hand_on_is_named_once(
    document: Document,
) -> None:
    found = _by_place(checks.check_methods(document, (_Forgetting, AsyncSageMakerRuntimeClient)))
    assert found == {
        "_Forgetting.invoke_endpoint.accept": ("handed on", None),
        "_Forgetting.invoke_endpoint_async.accept": ("handed on", None),
    }


def test_a_method_whose_words_differ_between_the_clients_is_named(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = AsyncSageMakerRuntimeClient.invoke_endpoint
    words = "Which production variant to ask."
    assert words in (method.__doc__ or "")
    monkeypatch.setattr(method, "__doc__", (method.__doc__ or "").replace(words, "Which one."))
    found = _by_place(checks.check_methods(document))
    assert list(found) == ["invoke_endpoint.target_variant (sync, async)"]
