"""The queue of async inferences, with a clock of the tests' own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from wrapper.local._answers import AnsweredError
from wrapper.local._async_inference import AsyncInference, AsyncInferences
from wrapper.local._object_store import ObjectStore, split_location

BUCKET = "s3://sagemaker-us-east-1-111122223333"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path) -> ObjectStore:
    return ObjectStore(tmp_path)


def text(store: ObjectStore, location: str) -> str | None:
    path = store.path(*split_location(location))
    return path.read_text() if path.exists() else None


async def upper(body: bytes, timeout: float) -> tuple[str, bytes]:
    return "text/plain", body.upper()


async def done(store: ObjectStore, inference: AsyncInference) -> None:
    """Wait until there is a result."""
    locations = (inference.output_location, inference.failure_location)
    while all(text(store, location) is None for location in locations):  # noqa: ASYNC110  # a file
        await asyncio.sleep(0.001)


def accepted(store, clock, parameters: Mapping[str, str], body: bytes = b"abc", run=upper):
    """Queue one inference, and let the workers work it off."""

    async def main():
        async with AsyncInferences(store, "us-east-1", clock) as queue:
            inference = queue.accept({"EndpointName": "e", **parameters}, body, run)
            await done(store, inference)
            return inference

    return asyncio.run(asyncio.wait_for(main(), 5))


def test_the_output_is_where_the_answer_said(store, clock):
    inference = accepted(store, clock, {})

    assert inference.output_location == (
        f"{BUCKET}/async-endpoint-outputs/e/{inference.inference_id}.out"
    )
    assert inference.failure_location == (
        f"{BUCKET}/async-endpoint-failures/e/{inference.inference_id}-error.out"
    )
    assert text(store, inference.output_location) == "ABC"
    assert text(store, inference.failure_location) is None
    path = store.path(*split_location(inference.output_location))
    assert store.content_type(path) == "text/plain"


@pytest.mark.parametrize(
    ("parameters", "tail"),
    [
        ({"Filename": "result.json"}, "/e/result.json"),
        ({"S3OutputPathExtension": "/team/a/", "Filename": "x"}, "/e/team/a/x"),
        ({"S3OutputPathExtension": "a//b", "Filename": "x"}, "/e/a/b/x"),
    ],
)
def test_path_extension_and_filename_are_in_the_location(store, clock, parameters, tail):
    inference = accepted(store, clock, parameters)

    assert inference.output_location == f"{BUCKET}/async-endpoint-outputs{tail}"
    assert text(store, inference.output_location) == "ABC"


def test_the_callers_inference_id_is_kept_but_names_no_file(store, clock):
    inference = accepted(store, clock, {"InferenceId": "../../mine"})

    assert inference.inference_id == "../../mine"
    assert "mine" not in inference.output_location


def test_the_input_can_be_an_object(store, clock):
    with store.writing(store.path("inputs", "a/b.txt"), None) as file:
        file.write(b"stored")

    inference = accepted(store, clock, {"InputLocation": "s3://inputs/a/b.txt"}, body=b"")

    assert text(store, inference.output_location) == "STORED"


def test_a_missing_input_is_a_failure(store, clock):
    inference = accepted(store, clock, {"InputLocation": "s3://inputs/none"}, body=b"")

    assert text(store, inference.failure_location) == (
        "The object at InputLocation cannot be read: No such file or directory."
    )


def test_an_error_of_the_model_is_a_failure(store, clock):
    async def fails(body, timeout):
        raise AnsweredError("ModelError", "Received server error (500)")

    inference = accepted(store, clock, {}, run=fails)

    assert text(store, inference.failure_location) == "Received server error (500)"
    assert text(store, inference.output_location) is None


def test_the_model_is_given_its_timeout(store, clock):
    async def tells(body, timeout):
        return "text/plain", str(timeout).encode()

    default = accepted(store, clock, {}, run=tells)
    given = accepted(store, clock, {"InvocationTimeoutSeconds": "7"}, run=tells)

    assert text(store, default.output_location) == "900"
    assert text(store, given.output_location) == "7"


def test_a_request_that_waited_too_long_is_not_begun(store, clock):
    begun = []

    async def notes(body, timeout):
        begun.append(body)
        return "text/plain", b"done"

    async def main():
        async with AsyncInferences(store, "us-east-1", clock) as queue:
            parameters = {"EndpointName": "e", "RequestTTLSeconds": "60"}
            late = queue.accept(parameters, b"late", notes)
            clock.now += timedelta(seconds=60)
            prompt = queue.accept(parameters, b"prompt", notes)
            await done(store, prompt)
            await done(store, late)
            return late

    late = asyncio.run(asyncio.wait_for(main(), 5))

    assert begun == [b"prompt"]
    assert "60 seconds (RequestTTLSeconds)" in (text(store, late.failure_location) or "")


@pytest.mark.parametrize(
    ("parameters", "body", "said"),
    [
        ({}, b"", "not neither"),
        ({"InputLocation": "s3://inputs/a"}, b"x", "not both"),
        ({"InputLocation": "https://inputs.s3.amazonaws.com/a"}, b"", "s3://bucket/key"),
        ({"InputLocation": "s3://inputs/../../etc/passwd"}, b"", "'..' segment"),
        ({"InputLocation": "s3://../etc/passwd"}, b"", "name of a bucket"),
        ({"S3OutputPathExtension": "../../other"}, b"x", "'..' segment"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_asked_for(store, clock, parameters, body, said):
    async def main():
        queue = AsyncInferences(store, "us-east-1", clock)
        with pytest.raises(AnsweredError) as caught:
            queue.accept({"EndpointName": "e", **parameters}, body, upper)
        return caught.value

    error = asyncio.run(main())

    assert (error.status_code, error.code) == (400, "ValidationError")
    assert said in (error.message or "")


def test_a_worker_survives_whatever_happens_to_one_inference(store, clock, caplog):
    async def explodes(body, timeout):
        raise ZeroDivisionError

    async def main():
        async with AsyncInferences(store, "us-east-1", clock) as queue:
            for _ in range(10):  # more than there are workers
                queue.accept({"EndpointName": "e"}, b"x", explodes)
            last = queue.accept({"EndpointName": "e"}, b"fine", upper)
            await done(store, last)

    asyncio.run(asyncio.wait_for(main(), 5))

    assert caplog.text.count("was lost") == 10
