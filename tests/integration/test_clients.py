"""Both clients against the local runtime: a real server that checks signatures and misbehaves."""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import wrapper
from tests.faces import ASYNC, WAYS, at, finished
from wrapper import Credentials, RetryPolicy, ServerSentEvent, Timeout
from wrapper.local import Endpoint, LocalRuntime, ModelRequest, ModelResponse, faults

INVOKE = "invoke_endpoint"
QUEUE = "invoke_endpoint_async"
STREAM = "invoke_endpoint_with_response_stream"
OPERATIONS = (INVOKE, QUEUE, STREAM)
each_operation = pytest.mark.parametrize("operation", OPERATIONS)


def told(request: ModelRequest) -> dict[str, Any]:
    """A model that answers what it was told."""
    return {
        "headers": dict(request.headers),
        "body": request.body.decode("latin-1"),
        "variant": request.variant_name,
    }


def words(request: ModelRequest) -> Iterator[str]:
    yield from request.text().split(" ")


def saying(*parts: bytes) -> Callable[[ModelRequest], Iterator[bytes]]:
    """A model that streams these parts."""
    return lambda _: iter(parts)


# All that a call can say


def test_every_parameter_of_a_call_reaches_the_model(face, runtime):
    runtime.endpoints["told"] = Endpoint(
        variants={"blue": told, "green": told},
        containers={"first": told},
        inference_components={"component": told},
    )
    said = {
        "content_type": "text/csv; charset=utf-8",
        "accept": "application/json, text/*;q=0.5",
        "custom_attributes": "a=1;\tb=two  blanks",
        "target_model": "models/model.tar.gz",
        "inference_id": "inference 1",
        "enable_explanations": "`true`",
        "prefix_aware_id": "prefix 1",
        "session_id": "session-1",
    }
    for choice in (
        {"target_variant": "green"},
        {"target_container_hostname": "first"},
        {"inference_component_name": "component"},
    ):
        output = face.call(at(runtime), INVOKE, "told", b"1,2\n", **said, **choice)
        answered = output.json()
        headers = answered["headers"]
        assert answered["body"] == "1,2\n"
        assert headers["content-type"] == said["content_type"]
        assert headers["accept"] == said["accept"]
        assert headers["x-amzn-sagemaker-custom-attributes"] == said["custom_attributes"]
        assert headers["x-amzn-sagemaker-target-model"] == said["target_model"]
        assert headers["x-amzn-sagemaker-inference-id"] == said["inference_id"]
        assert headers["x-amzn-sagemaker-enable-explanations"] == said["enable_explanations"]
        assert headers["x-amzn-sagemaker-prefix-aware-id"] == said["prefix_aware_id"]
        assert headers["x-amzn-sagemaker-session-id"] == said["session_id"]
        if "target_variant" in choice:
            assert answered["variant"] == output.invoked_production_variant == "green"
        assert output.content_type == "application/json"
        assert output.status_code == 200
        assert output.attempts == 1
        assert output.request_id
        assert runtime.requests[-1].access_key_id == runtime.credentials.access_key_id


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        ({"a": [1, "é"]}, '{"a":[1,"é"]}'.encode(), "application/json"),
        ("é", "é".encode(), "text/plain; charset=utf-8"),
        (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
        (b"", b"", "application/octet-stream"),
    ],
)
def test_a_body_arrives_with_its_media_type(face, runtime, body, content, content_type):
    output = face.call(at(runtime), INVOKE, "echo", body)
    assert (output.body, output.content_type) == (content, content_type)


def test_sessions_are_opened_and_closed(face, runtime):
    def session(request: ModelRequest) -> ModelResponse:
        if request.session_id == "NEW_SESSION":
            return ModelResponse(b"")
        closed = {"X-Amzn-SageMaker-Closed-Session-Id": request.session_id or ""}
        return ModelResponse(b"", headers=closed)

    runtime.endpoints["session"] = session
    opened = face.call(at(runtime), INVOKE, "session", b"", session_id="NEW_SESSION")
    assert opened.new_session_id
    assert opened.new_session_expires > datetime.now(UTC) + timedelta(minutes=30)
    closed = face.call(at(runtime), INVOKE, "session", b"", session_id=opened.new_session_id)
    assert closed.closed_session_id == opened.new_session_id
    assert closed.new_session_id is None


def test_a_queued_inference_is_answered_with_where_its_result_will_be(face, runtime):
    output = face.call(
        at(runtime),
        QUEUE,
        "echo",
        body={"a": 1},
        inference_id="inference-1",
        s3_output_path_extension="extra/path",
        filename="result.json",
        request_ttl_seconds=60,
        invocation_timeout_seconds=1,
    )
    assert output.inference_id == "inference-1"
    assert output.output_location.startswith("s3://")
    assert output.output_location.endswith("extra/path/result.json")
    assert output.failure_location.startswith("s3://")
    assert output.status_code == 202
    assert output.request_id
    with pytest.raises(wrapper.ParameterError, match="exactly one of"):
        face.call(at(runtime), QUEUE, "echo")


def test_a_runtime_that_stops_amid_a_queued_inference_ends_cleanly(face):
    """Its thread would fail where a result is being written to a folder that is being removed."""
    for _ in range(20):
        with LocalRuntime() as runtime:
            face.call(at(runtime), QUEUE, "echo", body=b"a")


def test_a_stream_has_the_facts_of_its_model(face, runtime):
    runtime.endpoints["words"] = lambda request: ModelResponse(
        words(request),
        content_type="text/plain; charset=utf-8",
        headers={"X-Amzn-SageMaker-Custom-Attributes": "a=1"},
    )

    async def facts() -> Any:
        async with face.client(**at(runtime)) as client, client.stream("words", "a b") as stream:
            assert await stream.read() == b"ab"
            return stream.stream

    stream = asyncio.run(facts())
    assert stream.content_type == "text/plain; charset=utf-8"
    assert stream.invoked_production_variant == "AllTraffic"
    assert stream.custom_attributes == "a=1"
    assert stream.status_code == 200
    assert stream.request_id


@pytest.mark.parametrize(
    ("way", "parts", "expected"),
    [
        ("bytes", [b"a\xff", b"b"], [b"a\xff", b"b"]),
        ("text", ["é".encode()[:1], "é".encode()[1:] + b"!"], ["é!"]),
        ("lines", [b"one\ntw", b"o\r", b"\nthree"], ["one", "two", "three"]),
        ("json", [b'{"a":', b'1}\n{"a":2}'], [{"a": 1}, {"a": 2}]),
        (
            "sse",
            [b"data: a\n", b"\ndata: [DONE]\n\n"],
            [ServerSentEvent(data="a"), ServerSentEvent(data="[DONE]")],
        ),
    ],
)
def test_a_stream_is_read_in_every_way(face, runtime, way, parts, expected):
    runtime.endpoints["echo"] = saying(*parts)
    assert face.read(at(runtime), way) == (expected, None)


def test_parts_come_as_they_are_made(face, runtime):
    made: list[float] = []

    def slow(request: ModelRequest) -> Iterator[bytes]:
        for number in range(3):
            made.append(time.monotonic())
            yield b"%d\n" % number
            time.sleep(0.15)

    runtime.endpoints["echo"] = slow
    came: list[float] = []

    async def read() -> None:
        async with face.client(**at(runtime)) as client, client.stream("echo", b"") as stream:
            async for _ in stream.each("lines"):
                came.append(time.monotonic())  # noqa: PERF401

    asyncio.run(read())
    assert len(came) == 3
    # Each came before the next was made.
    assert came[0] < made[1]
    assert came[1] < made[2]


# Errors


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("InternalFailure", 500, wrapper.InternalFailure),
        ("ServiceUnavailable", 503, wrapper.ServiceUnavailable),
        ("ValidationError", 400, wrapper.ValidationError),
        ("ModelError", 424, wrapper.ModelError),
        ("InternalDependencyException", 530, wrapper.InternalDependencyException),
        ("ModelNotReadyException", 429, wrapper.ModelNotReadyException),
        ("ThrottlingException", 400, wrapper.ThrottlingError),
        ("TooManyRequestsException", 429, wrapper.ThrottlingError),
        ("AccessDeniedException", 403, wrapper.AccessDeniedError),
        ("ExpiredTokenException", 403, wrapper.ExpiredTokenError),
        ("InvalidSignatureException", 403, wrapper.AccessDeniedError),
        ("SignatureDoesNotMatch", 403, wrapper.AccessDeniedError),
        ("UnrecognizedClientException", 403, wrapper.AccessDeniedError),
        ("RequestEntityTooLargeException", 413, wrapper.PayloadTooLargeError),
    ],
)
def test_every_error_of_the_service_is_typed(face, runtime, code, status, kind):
    for operation, message in itertools.product(OPERATIONS, ("what happened", None)):
        runtime.faults.next(faults.error(code, message), operation=operation_name(operation))
        with pytest.raises(kind) as caught:
            face.call(at(runtime, retries=1), operation, "echo", body=b"")
        error = caught.value
        assert type(error) is kind
        assert (error.code, error.message, error.status_code) == (code, message, status)
        assert error.request_id
        assert error.attempts == 1
        assert len(runtime.faults) == 0


def operation_name(operation: str) -> str:
    return {
        INVOKE: "InvokeEndpoint",
        QUEUE: "InvokeEndpointAsync",
        STREAM: "InvokeEndpointWithResponseStream",
    }[operation]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (480, wrapper.InternalFailure),
        (481, wrapper.ServiceUnavailable),
        (482, wrapper.ValidationError),
        (483, wrapper.ModelError),
        (484, wrapper.InternalDependencyException),
        (485, wrapper.ModelNotReadyException),
        (403, wrapper.AccessDeniedError),
        (413, wrapper.PayloadTooLargeError),
        (502, wrapper.ServiceError),
        (530, wrapper.ServiceError),
    ],
)
def test_an_answer_of_a_mock_or_a_proxy_is_typed_by_its_status(face, runtime, status, kind):
    answers = [
        (b"", None),
        (b'{"message": null}', "application/json"),
        (b"<html><body>Bad Gateway</body></html>", "text/html"),
        (b"\xff\xfe", "application/octet-stream"),
        (b"x" * 1_000_000, "text/plain"),
    ]
    for operation, (body, content_type) in itertools.product(OPERATIONS, answers):
        runtime.faults.next(faults.answer(status, body, content_type=content_type))
        with pytest.raises(kind) as caught:
            face.call(at(runtime, retries=1), operation, "echo", body=b"")
        assert caught.value.status_code == status
        assert caught.value.message is None
        assert caught.value.request_id is None


def test_a_model_that_fails_is_a_model_error(face, runtime):
    def fail(request: ModelRequest) -> bytes:
        raise ValueError("bad input canary")

    runtime.endpoints["fail"] = fail
    runtime.endpoints["teapot"] = lambda _: ModelResponse({"why": "tea"}, status_code=418)
    for operation in (INVOKE, STREAM):
        with pytest.raises(wrapper.ModelError) as caught:
            face.call(at(runtime), operation, "fail", b"")
        error = caught.value
        assert error.original_status_code == 500
        assert error.original_message == "ValueError: bad input canary"
        assert "canary" not in str(error)
        assert error.log_stream_arn.startswith("arn:aws:logs:")
        with pytest.raises(wrapper.ModelError) as caught:
            face.call(at(runtime), operation, "teapot", b"")
        assert caught.value.original_status_code == 418
        assert caught.value.original_message == '{"why": "tea"}'


@each_operation
def test_an_unknown_endpoint_is_a_validation_error(face, runtime, operation):
    with pytest.raises(wrapper.ValidationError, match="not found") as caught:
        face.call(at(runtime), operation, "unknown", body=b"")
    assert caught.value.status_code == 400


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials("AKIDLOCALRUNTIME", "wrong"), "InvalidSignatureException"),
        (Credentials("AKIDUNKNOWN", "local-secret"), "UnrecognizedClientException"),
        (
            Credentials("AKIDLOCALRUNTIME", "local-secret", "no-such-token"),
            "UnrecognizedClientException",
        ),
    ],
)
@each_operation
def test_wrong_credentials_are_refused(face, runtime, operation, credentials, code):
    with pytest.raises(wrapper.AccessDeniedError) as caught:
        face.call(at(runtime, credentials=credentials), operation, "echo", body=b"")
    assert caught.value.code == code
    assert caught.value.status_code == 403
    assert len(runtime.requests) == 1  # not tried again


def test_the_wrong_region_is_refused(face, runtime):
    with pytest.raises(wrapper.AccessDeniedError, match="valid region"):
        face.call(at(runtime, region="eu-west-1"), INVOKE, "echo", b"")


def test_a_clock_that_is_off_is_corrected_once_and_then_known(face, runtime):
    runtime.clock_offset = timedelta(hours=7)

    async def twice() -> list[Any]:
        async with face.client(**at(runtime)) as client:
            return [await client.call(INVOKE, "echo", b"") for _ in range(2)]

    first, second = asyncio.run(twice())
    assert (first.attempts, second.attempts) == (2, 1)


def test_a_body_that_is_too_large_is_explained(face):
    with LocalRuntime(max_body_bytes=1000) as runtime:
        for operation in OPERATIONS:
            with pytest.raises(wrapper.PayloadTooLargeError) as caught:
                face.call(at(runtime), operation, "echo", body=b"x" * 1001)
            assert "invoke_endpoint_async" in str(caught.value)


@pytest.mark.slow
def test_a_server_that_answers_before_it_has_read_the_body_is_heard_or_typed(face, runtime):
    """What a load balancer does with a payload over its limit: 413, then it hangs up.

    Whether the answer is still read is a race with the reset that follows it.
    """
    for operation in (INVOKE, STREAM):
        runtime.faults.next(faults.answer(413), before_body=True)
        with pytest.raises((wrapper.PayloadTooLargeError, wrapper.ProtocolError)) as caught:
            face.call(at(runtime), operation, "echo", b"x" * 20_000_000)
        assert caught.value.attempts == 1
        assert face.call(at(runtime), INVOKE, "echo", b"next").body == b"next"


# The network


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("after", [None, 0, 3])
def test_a_connection_that_breaks_within_the_answer_is_typed_and_not_tried_again(
    face, runtime, ending, after
):
    runtime.faults.next(faults.cut(after, ending=ending))
    with pytest.raises(wrapper.ProtocolError) as caught:
        face.call(at(runtime), INVOKE, "echo", b"0123456789")
    assert caught.value.possibly_processed
    assert caught.value.attempts == 1
    assert len(runtime.requests) == 1


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_retry_timeouts_allows_to_send_again(face, runtime, ending):
    runtime.faults.next(faults.cut(ending=ending))
    retries = RetryPolicy(retry_timeouts=True)
    output = face.call(at(runtime, retries=retries), INVOKE, "echo", b"abc")
    assert (output.body, output.attempts) == (b"abc", 2)


def test_a_model_that_is_slow_runs_into_the_read_timeout_once(face, runtime):
    runtime.faults.next(faults.delay(5))
    begin = time.monotonic()
    with pytest.raises(wrapper.ReadTimeoutError, match="the model may still be running") as caught:
        face.call(at(runtime), INVOKE, "echo", b"", timeout=Timeout(read=0.2))
    assert time.monotonic() - begin < 3
    assert caught.value.possibly_processed
    assert len(runtime.requests) == 1


def test_a_stream_that_stalls_runs_into_the_read_timeout_after_what_had_come(face, runtime):
    runtime.faults.next(faults.stream(faults.payload_part(b"a"), 5.0, faults.payload_part(b"b")))
    found, error = face.read(at(runtime), timeout=Timeout(read=0.2))
    assert found == [b"a"]
    assert type(error) is wrapper.ReadTimeoutError


def test_the_service_is_tried_again_until_it_is_back(face, runtime):
    runtime.faults.next(faults.error("ServiceUnavailable"), times=2)
    output = face.call(at(runtime, retries=3), INVOKE, "echo", b"abc")
    assert (output.body, output.attempts) == (b"abc", 3)
    signatures = {request.headers["authorization"] for request in runtime.requests}
    assert len({r.headers["amz-sdk-invocation-id"] for r in runtime.requests}) == 1
    assert [r.headers["amz-sdk-request"] for r in runtime.requests] == [
        f"attempt={number}; max=3" for number in (1, 2, 3)
    ]
    assert len(signatures) == 3


def test_an_error_tells_how_often_it_was_tried(face, runtime):
    runtime.faults.always(faults.error("InternalFailure", "still"))
    with pytest.raises(wrapper.InternalFailure, match=r"still \(.*, 2 attempts\)") as caught:
        face.call(at(runtime, retries=2), INVOKE, "echo", b"")
    assert caught.value.attempts == 2


# Streams that end badly


@pytest.mark.parametrize("framing", ["chunked", "connection-close"])
@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("after", [10, 90, 150])
def test_a_stream_that_is_cut_within_a_frame_is_truncated(face, runtime, after, ending, framing):
    """The frame of one byte takes 112 bytes here."""
    runtime.endpoints["echo"] = saying(b"a", b"b", b"c")
    runtime.faults.next(faults.cut(after, ending=ending, framing=framing))
    found, error = face.read(at(runtime))
    assert found == [b"a", b"b", b"c"][: len(found)]
    assert type(error) is wrapper.StreamTruncatedError
    assert error.request_id


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_chunked_stream_that_is_cut_between_frames_is_truncated(face, runtime, ending):
    frame = faults.payload_part(b"a")
    runtime.faults.next(faults.stream(frame, frame, ending=ending))
    found, error = face.read(at(runtime))
    assert b"".join(found) in {b"aa", b"a", b""} if ending == "reset" else found == [b"a", b"a"]
    assert type(error) is wrapper.StreamTruncatedError


@pytest.mark.parametrize("at_byte", [0, 5, 9, 20, 60])
def test_a_corrupt_frame_is_an_error(face, runtime, at_byte):
    runtime.endpoints["echo"] = saying(b"a", b"b")
    runtime.faults.next(faults.corrupt(at_byte))
    found, error = face.read(at(runtime))
    assert found == []
    assert type(error) is wrapper.EventStreamDecodeError
    assert error.request_id


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (
            faults.exception_event(
                "ModelStreamError", {"Message": "m", "ErrorCode": "ModelInvocationTimeExceeded"}
            ),
            wrapper.ModelStreamError,
        ),
        (faults.exception_event("InternalStreamFailure", {"Message": "m"}), None),
        (faults.error_event("InternalError", "m"), wrapper.ModelStreamError),
    ],
)
def test_an_error_within_a_stream_is_typed(face, runtime, frame, kind):
    runtime.faults.next(faults.stream(faults.payload_part(b"a"), frame))
    found, error = face.read(at(runtime))
    assert found == [b"a"]
    assert type(error) is (kind or wrapper.InternalStreamFailure)
    assert error.message == "m"
    assert error.request_id


def test_a_model_that_breaks_in_its_stream_is_a_model_stream_error(face, runtime):
    def breaks(request: ModelRequest) -> Iterator[bytes]:
        yield b"a"
        raise ValueError("canary")

    runtime.endpoints["echo"] = breaks
    found, error = face.read(at(runtime))
    assert found == [b"a"]
    assert type(error) is wrapper.ModelStreamError
    assert error.error_code == "StreamBroken"
    assert "canary" in error.message
    assert "canary" not in str(error)


# Connections


def endless(request: ModelRequest) -> Iterator[bytes]:
    while True:
        yield b"line\n"
        time.sleep(0.01)


@pytest.mark.parametrize("way", WAYS[:3])
def test_leaving_a_stream_early_stops_the_model_and_the_next_call_works(face, runtime, way):
    stopped: list[bool] = []

    def watched(request: ModelRequest) -> Iterator[bytes]:
        try:
            yield from endless(request)
        finally:
            stopped.append(True)

    runtime.endpoints["endless"] = watched

    async def leave() -> None:
        async with face.client(**at(runtime, max_connections=1)) as client:
            async with client.stream("endless", b"") as stream:
                assert await stream.next(stream.iterator(way))
            assert (await client.call(INVOKE, "echo", b"next", timeout=5)).body == b"next"

    asyncio.run(leave())
    deadline = time.monotonic() + 5
    while not stopped and time.monotonic() < deadline:
        time.sleep(0.01)
    assert stopped


def test_a_stream_lives_as_long_as_it_is_read_whatever_becomes_of_its_client(face, runtime):

    def slowly(request: ModelRequest) -> Iterator[bytes]:
        for part in (b"a", b"b", b"c"):
            time.sleep(0.05)
            yield part

    runtime.endpoints["slow"] = slowly

    async def read() -> bytes:
        stream = await finished(
            face.make(**at(runtime)).invoke_endpoint_with_response_stream("slow", b"")
        )
        gc.collect()
        content = await finished(stream.read())
        await finished(stream._client.close())
        return content

    assert asyncio.run(read()) == b"abc"


def test_all_connections_in_use_is_typed(face, runtime):
    runtime.endpoints["endless"] = endless

    async def wait() -> None:
        async with (
            face.client(**at(runtime, max_connections=1, retries=1)) as client,
            client.stream("endless", b""),
        ):
            await client.call(INVOKE, "echo", b"", timeout=Timeout(pool=0.1))

    with pytest.raises(wrapper.PoolTimeoutError, match=r"no connection became free within 0\.1 s"):
        asyncio.run(wait())
    assert len(runtime.requests) == 1


def test_connections_are_used_again(face, runtime):
    async def many() -> None:
        async with face.client(**at(runtime)) as client:
            for _ in range(20):
                await client.call(INVOKE, "echo", b"")

    ports: set[Any] = set()
    runtime.faults.always(remember(ports))
    asyncio.run(many())
    assert len(ports) == 1


def remember(ports: set[Any]) -> faults.Fault:
    async def fault(exchange: faults.Exchange) -> None:
        ports.add(tuple(exchange.scope["client"]))
        await exchange.serve()

    return fault


def test_an_idle_connection_that_the_service_closed_is_no_error(face, runtime):
    """The server closes after the answer: the next call must begin on a new connection."""

    async def closing(exchange: faults.Exchange) -> None:
        await exchange.serve()
        await exchange.close()

    runtime.faults.always(closing)

    async def calls() -> None:
        async with face.client(**at(runtime, retries=1)) as client:
            for _ in range(5):
                assert (await client.call(INVOKE, "echo", b"a")).body == b"a"
                await asyncio.sleep(0.05)

    asyncio.run(calls())


def test_a_cancelled_call_frees_its_connection(runtime):
    async def calls() -> None:
        async with ASYNC.make(**at(runtime, max_connections=1, retries=1)) as client:
            runtime.faults.next(faults.delay(30))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.invoke_endpoint("echo", b""), 0.2)
            assert (await client.invoke_endpoint("echo", b"a", timeout=5)).body == b"a"

    asyncio.run(calls())


def test_a_cancelled_reader_frees_its_connection(runtime):
    runtime.endpoints["endless"] = endless

    async def calls() -> None:
        async with ASYNC.make(**at(runtime, max_connections=1, retries=1)) as client:

            async def read() -> None:
                async with await client.invoke_endpoint_with_response_stream(
                    "endless", b""
                ) as stream:
                    await stream.read()

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(read(), 0.2)
            assert (await client.invoke_endpoint("echo", b"a", timeout=5)).body == b"a"

    asyncio.run(calls())


def test_nothing_is_left_open(face, runtime):
    runtime.endpoints["endless"] = endless
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        async def use() -> None:
            async with face.client(**at(runtime)) as client:
                await client.call(INVOKE, "echo", b"")
                async with client.stream("endless", b"") as stream:
                    assert await stream.next(stream.iterator("bytes"))

        asyncio.run(use())
        gc.collect()


def test_the_environment_alone_is_enough(face, runtime, monkeypatch):
    for name, value in runtime.environment.items():
        monkeypatch.setenv(name, value)

    async def call() -> Any:
        kind = type(face.make())
        client = kind()
        output = await finished(client.invoke_endpoint("echo", {"a": 1}))
        await finished(client.close())
        return output

    assert asyncio.run(call()).json() == {"a": 1}


def test_temporary_credentials_are_sent_with_their_token(face):
    temporary = Credentials("ASIATEMPORARY", "secret", "a/token+with=signs==")
    with LocalRuntime(credentials=temporary) as runtime:
        for operation in OPERATIONS:
            face.call(at(runtime), operation, "echo", body=b"a")
        assert {request.access_key_id for request in runtime.requests} == {"ASIATEMPORARY"}


def test_credentials_that_were_renewed_are_used_at_once(face):
    old, new = Credentials("ASIAOLD", "s", "t"), Credentials("ASIANEW", "s", "t")
    current = [old]
    with LocalRuntime(credentials=[old, new]) as runtime:

        async def calls() -> None:
            async with face.client(**at(runtime, credentials=lambda: current[0])) as client:
                for credentials in (old, new):
                    current[0] = credentials
                    await client.call(INVOKE, "echo", b"")

        asyncio.run(calls())
        assert [request.access_key_id for request in runtime.requests] == ["ASIAOLD", "ASIANEW"]
