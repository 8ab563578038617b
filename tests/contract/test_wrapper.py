"""A gap between the raw client, the seam and the public methods is seen and named."""

from __future__ import annotations

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

pytestmark = pytest.mark.usefixtures("in_root")

Found = dict[str, tuple[object, object]]


def _by_place(differences: list[Any]) -> Found:
    assert all(difference.remedy for difference in differences)
    return {difference.where: (difference.upstream, difference.ours) for difference in differences}


def test_today_the_seam_reaches_everything_and_the_methods_reach_the_seam() -> None:
    assert checks.check_seam() == []
    assert checks.check_methods() == []


def test_an_operation_that_the_seam_lacks_is_named() -> None:
    found = _by_place(checks.check_seam(OPERATIONS[:2]))
    assert found == {"invoke_endpoint_with_response_stream": ("an operation", None)}


def test_a_parameter_that_the_seam_lacks_is_named() -> None:
    operation = Operation(contract.INVOKE_ENDPOINT, invoke_endpoint.get_kwargs)
    operation.rules = tuple(rule for rule in operation.rules if rule.name != "accept")
    found = _by_place(checks.check_seam((operation, *OPERATIONS[1:])))
    assert found == {"invoke_endpoint.accept": ("str | sagemaker_runtime.types.Unset", None)}


def _like_the_generated(function: Any, *, without: str = "") -> Any:
    """Give a function the signature of the generated one, less a parameter."""
    signature = inspect.signature(invoke_endpoint.get_kwargs)
    kept = [parameter for name, parameter in signature.parameters.items() if name != without]
    function.__signature__ = signature.replace(parameters=kept)
    function.__annotations__ = invoke_endpoint.get_kwargs.__annotations__
    function.__module__ = invoke_endpoint.__name__
    return function


def test_a_parameter_that_the_raw_client_lacks_is_named() -> None:
    def get_kwargs(**arguments: Any) -> dict[str, Any]:
        raise AssertionError(arguments)

    lacking = _like_the_generated(get_kwargs, without="accept")
    operation = Operation(contract.INVOKE_ENDPOINT, lacking)
    found = _by_place(checks.check_seam((operation, *OPERATIONS[1:])))
    assert found["invoke_endpoint.accept"] == (None, "accept")


def test_a_parameter_that_reaches_another_header_is_named() -> None:
    def crossed(**arguments: Any) -> dict[str, Any]:
        accept, content_type = arguments.pop("accept", None), arguments.pop("content_type", None)
        if accept is not None:
            arguments["content_type"] = accept
        if content_type is not None:
            arguments["accept"] = content_type
        return invoke_endpoint.get_kwargs(**arguments)

    operation = Operation(contract.INVOKE_ENDPOINT, _like_the_generated(crossed))
    found = _by_place(checks.check_seam((operation, *OPERATIONS[1:])))
    assert found == {
        "invoke_endpoint.accept on the wire": ("application/json", None),
        "invoke_endpoint.content_type on the wire": ("application/json", None),
    }


class _Lacking(SageMakerRuntimeClient):
    def invoke_endpoint(self, endpoint_name: str, body: Body) -> InvokeEndpointOutput:  # type: ignore[override]
        return super().invoke_endpoint(endpoint_name, body)


def test_a_parameter_missing_in_the_wrapper_is_named_on_the_method() -> None:
    found = _by_place(checks.check_methods((_Lacking, AsyncSageMakerRuntimeClient)))
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


def test_a_parameter_that_a_method_takes_but_does_not_send_is_named() -> None:
    found = _by_place(checks.check_methods((SageMakerRuntimeClient, _Dropping)))
    assert found == {
        "_Dropping.invoke_endpoint_async.filename on the wire": ("result.json", None),
    }


def test_a_method_whose_words_differ_between_the_clients_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    method = AsyncSageMakerRuntimeClient.invoke_endpoint
    words = "Which production variant to ask."
    assert words in (method.__doc__ or "")
    monkeypatch.setattr(method, "__doc__", (method.__doc__ or "").replace(words, "Which one."))
    found = _by_place(checks.check_methods())
    assert list(found) == ["invoke_endpoint.target_variant (sync, async)"]
