"""The tree of errors: its shape, and that every error survives copying, pickling and a process."""

from __future__ import annotations

import concurrent.futures
import copy
import inspect
import multiprocessing
import pickle
from typing import Any

import pytest

from wrapper import Headers, _errors
from wrapper._errors import SageMakerRuntimeError

TREE = {
    "SageMakerRuntimeError": {
        "ConfigurationError": {},
        "ParameterError": {},
        "CredentialsError": {},
        "OutputDecodeError": {},
        "TransportError": {
            name: {}
            for name in (
                *("ConnectError", "ConnectTimeoutError", "ReadTimeoutError"),
                *("WriteTimeoutError", "PoolTimeoutError", "TotalTimeoutError", "ProtocolError"),
            )
        },
        "ServiceError": {
            name: {}
            for name in (
                *("ValidationError", "ModelError", "ModelNotReadyException", "InternalFailure"),
                *("ServiceUnavailable", "InternalDependencyException", "ThrottlingError"),
                *("AccessDeniedError", "ExpiredTokenError", "PayloadTooLargeError"),
            )
        },
        "StreamError": {
            name: {}
            for name in (
                *("ModelStreamError", "InternalStreamFailure"),
                *("StreamTruncatedError", "EventStreamDecodeError"),
            )
        },
    }
}

ERRORS: list[type[SageMakerRuntimeError]] = [getattr(_errors, name) for name in _errors.__all__]
each_error = pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)

# A fact of each name that the constructors know.
FACTS: dict[str, Any] = {
    "setting": "region",
    "parameter": "endpoint_name",
    "rule": "a rule",
    "value": "a value",
    "attempts": 3,
    "possibly_processed": False,
    "code": "Code",
    "message": "what happened",
    "status_code": 424,
    "request_id": "r-1",
    "headers": Headers([("X-A", "v")]),
    "original_status_code": 500,
    "original_message": "canary",
    "log_stream_arn": "arn:aws:logs",
    "error_code": "StreamBroken",
    "offset": 7,
    "content_type": "text/plain",
}


def tree(kind: type) -> dict[str, Any]:
    return {child.__name__: tree(child) for child in kind.__subclasses__() if child in ERRORS}


def made(kind: type[SageMakerRuntimeError]) -> SageMakerRuntimeError:
    names = list(inspect.signature(kind).parameters)[1:]
    return kind("the text", **{name: FACTS[name] for name in names})


def test_the_tree_is_that_of_the_design():
    assert {"SageMakerRuntimeError": tree(SageMakerRuntimeError)} == TREE
    assert issubclass(_errors.ConfigurationError, ValueError)
    assert issubclass(_errors.ParameterError, ValueError)


@each_error
def test_an_error_has_its_facts_and_keeps_them_in_copies_and_pickles(kind):
    error = made(kind)
    for name in list(inspect.signature(kind).parameters)[1:]:
        assert getattr(error, name) == FACTS[name]
    copies = [copy.copy(error), copy.deepcopy(error)]
    copies += [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(2, 6)]
    for again in copies:
        assert type(again) is kind
        assert vars(again) == vars(error)
        assert (str(again), repr(again), again.args) == (str(error), repr(error), error.args)


@each_error
def test_an_error_is_complete_with_its_text_alone(kind):
    error = kind("the text")
    assert str(error) == "the text"
    assert str(kind()) == ""
    assert error.args == ("the text",)


@each_error
def test_no_fact_shows_in_the_text(kind):
    error = made(kind)
    assert str(error) == "the text"
    assert repr(error) == f"{kind.__name__}('the text')"


@each_error
def test_an_error_carries_notes_and_causes_as_any_exception_does(kind):
    error = kind("the text")
    error.add_note("a note")
    error.__cause__ = ValueError("why")
    again = pickle.loads(pickle.dumps(error))
    assert again.__notes__ == ["a note"]


def raise_it(name: str) -> None:
    raise made(getattr(_errors, name))


@pytest.mark.slow
def test_an_error_crosses_processes():
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        for kind in ERRORS:
            error = pool.submit(raise_it, kind.__name__).exception()
            assert type(error) is kind
            assert {name: vars(error)[name] for name in vars(made(kind))} == vars(made(kind))


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        (_errors.ServiceError, 500, True),
        (_errors.ServiceError, 502, True),
        (_errors.ServiceError, 503, True),
        (_errors.ServiceError, 504, True),
        (_errors.ServiceError, 530, True),
        (_errors.ServiceError, 429, True),
        (_errors.ServiceError, 400, False),
        (_errors.ServiceError, 404, False),
        (_errors.ServiceError, 501, False),
        (_errors.ModelError, 424, False),
        (_errors.ValidationError, 400, False),
        (_errors.AccessDeniedError, 403, False),
        (_errors.ExpiredTokenError, 403, False),
        (_errors.PayloadTooLargeError, 413, False),
        (_errors.ThrottlingError, 400, True),
        (_errors.ModelNotReadyException, 485, True),
        (_errors.InternalFailure, 480, True),
        (_errors.ServiceUnavailable, 481, True),
        (_errors.InternalDependencyException, 484, True),
    ],
)
def test_whether_the_same_request_may_succeed_later(kind, status, expected):
    assert kind("x", status_code=status).is_retryable is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (_errors.ConnectError, False),
        (_errors.ConnectTimeoutError, False),
        (_errors.PoolTimeoutError, False),
        (_errors.WriteTimeoutError, False),
        (_errors.ReadTimeoutError, True),
        (_errors.ProtocolError, True),
        (_errors.TransportError, True),
    ],
)
def test_whether_the_model_may_have_run(kind, expected):
    assert kind("x").possibly_processed is expected
    assert kind("x", possibly_processed=not expected).possibly_processed is not expected
