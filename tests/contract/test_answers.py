"""A header, an error or an event of the contract that does not reach the caller is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sagemaker_runtime import contract
from scripts.contract import answers
from wrapper import _errors, _operations, _outputs, _responses, _stream_events
from wrapper._operations import INVOKE_ENDPOINT

Document = dict[str, Any]
Found = dict[str, tuple[object, object, str]]

SYNC, ASYNC = "SageMakerRuntimeClient", "AsyncSageMakerRuntimeClient"
STREAM = "/endpoints/{EndpointName}/invocations-response-stream"


def _by_place(document: Document) -> Found:
    return {
        difference.where: (difference.upstream, difference.ours, difference.remedy)
        for difference in answers.check(document)
    }


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change the facts of the contract's operations, as a new spec would."""

    def change(index: int, **facts: Any) -> None:
        operations = list(contract.OPERATIONS)
        operations[index] = operations[index]._replace(**facts)
        monkeypatch.setattr(contract, "OPERATIONS", tuple(operations))

    return change


def test_today_everything_reaches_the_caller(document: Document) -> None:
    assert _by_place(document) == {}


def test_a_header_that_the_output_lacks_is_named(
    document: Document, changed: Callable[..., None]
) -> None:
    header = contract.ResponseHeader("model_version", "ModelVersion", "X-Model-Version", False)
    changed(0, response_headers=(*contract.INVOKE_ENDPOINT.response_headers, header))
    found = _by_place(document)
    assert list(found) == [f"{each}.invoke_endpoint: model_version" for each in (SYNC, ASYNC)]
    assert found[f"{SYNC}.invoke_endpoint: model_version"] == (
        "the model_version",
        None,
        "teach wrapper/_responses.py, and InvokeEndpointOutput to have model_version",
    )


def test_a_header_of_a_stream_that_the_stream_lacks_is_named(
    document: Document, changed: Callable[..., None]
) -> None:
    operation = contract.INVOKE_ENDPOINT_WITH_RESPONSE_STREAM
    header = contract.ResponseHeader("model_version", "ModelVersion", "X-Model-Version", False)
    changed(2, response_headers=(*operation.response_headers, header))
    assert [remedy for *_, remedy in _by_place(document).values()] == [
        f"teach wrapper/_responses.py, and {kind} to have model_version"
        for kind in ("ResponseStream", "AsyncResponseStream")
    ]


def test_a_header_that_is_read_under_another_name_is_named(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = INVOKE_ENDPOINT.response_headers
    crossed = {**headers, "content_type": headers["closed_session_id"]}
    monkeypatch.setattr(INVOKE_ENDPOINT, "response_headers", crossed)
    assert _by_place(document)[f"{SYNC}.invoke_endpoint: content_type"][:2] == (
        "the content_type",
        "the closed_session_id",
    )


def test_a_sensitive_header_that_is_shown_is_named(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_outputs.InvokeEndpointOutput, "_hidden", frozenset({"headers"}))
    assert _by_place(document)[f"{SYNC}.invoke_endpoint: repr of custom_attributes"][:2] == (
        "hidden",
        "shown",
    )


def test_a_member_of_an_answer_that_the_output_lacks_is_named(document: Document) -> None:
    document = copy.deepcopy(document)
    members = document["components"]["schemas"]["InvokeEndpointAsyncOutput"]["properties"]
    members["QueuePosition"] = {"type": "integer"}
    assert _by_place(document)[f"{ASYNC}.invoke_endpoint_async: queue_position"][:2] == (
        "418",
        None,
    )


def test_an_error_that_the_wrapper_lacks_is_named(
    document: Document, changed: Callable[..., None]
) -> None:
    changed(0, errors={**contract.INVOKE_ENDPOINT.errors, 402: "QuotaExceeded"})
    assert _by_place(document)[f"{SYNC}.invoke_endpoint: error QuotaExceeded"] == (
        "QuotaExceeded",
        "ServiceError",
        "teach wrapper/_responses.py to raise it, and wrapper/_errors.py to have it",
    )


def test_an_error_that_is_raised_as_another_is_named(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_responses._CLASSES, "ModelError", _errors.ValidationError)
    found = _by_place(document)
    assert found[f"{SYNC}.invoke_endpoint: error ModelError"][:2] == (
        "ModelError",
        "ValidationError",
    )


def test_a_member_that_an_error_lacks_is_named(document: Document) -> None:
    document = copy.deepcopy(document)
    document["components"]["schemas"]["ModelError"]["properties"]["Hint"] = {"type": "string"}
    assert _by_place(document)[f"{SYNC}.invoke_endpoint: error ModelError.hint"][:2] == (
        "the Hint",
        None,
    )


def test_an_exception_of_a_stream_that_the_wrapper_lacks_is_named(
    document: Document, changed: Callable[..., None]
) -> None:
    changed(2, stream_exceptions=("ModelStreamError", "QuotaExceeded"))
    found = _by_place(document)
    method = f"{SYNC}.invoke_endpoint_with_response_stream"
    assert found[f"{method}: error QuotaExceeded"] == (
        "QuotaExceeded",
        "ModelStreamError",
        "teach wrapper/_stream_events.py to raise it, and wrapper/_errors.py to have it",
    )


def test_an_event_that_is_not_handed_over_is_named(
    document: Document, changed: Callable[..., None]
) -> None:
    document = copy.deepcopy(document)
    answer = document["paths"][STREAM]["post"]["responses"]["200"]["content"]
    events = answer["application/vnd.amazon.eventstream"]["x-amz-event-stream"]["events"]
    events["Usage"] = {"type": "object", "properties": {"Tokens": {"type": "integer"}}}
    events["PayloadPart"] = copy.deepcopy(document["components"]["schemas"]["PayloadPart"])
    events["PayloadPart"]["properties"]["Index"] = {"type": "integer", "x-amz-event-header": True}
    changed(2, stream_events=("PayloadPart", "Usage"))
    assert list(_by_place(document)) == [
        f"{client}.invoke_endpoint_with_response_stream: event {event}"
        for client in (SYNC, ASYNC)
        for event in ("PayloadPart Index", "Usage Tokens")
    ]


def test_an_event_whose_payload_is_lost_is_named(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_stream_events.StreamEvents, "feed", lambda *_: [])
    found = _by_place(document)
    assert f"{SYNC}.invoke_endpoint_with_response_stream: event PayloadPart Bytes" in found


def test_an_answer_that_cannot_be_decoded_is_named(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {
        name: wire
        for name, wire in INVOKE_ENDPOINT.response_headers.items()
        if name != "new_session_id"
    }
    monkeypatch.setattr(INVOKE_ENDPOINT, "response_headers", headers)
    assert _by_place(document)[f"{SYNC}.invoke_endpoint: an answer"][:2] == (
        "an output",
        "KeyError: 'new_session_id'",
    )


def test_what_cannot_be_asked_for_is_the_methods_difference(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **others: object) -> object:
        raise KeyError("accept")

    monkeypatch.setattr(_operations.Operation, "request", refuse)
    assert _by_place(document) == {}
