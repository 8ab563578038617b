"""Both clients, over both engines, through every fault: the right answer or one typed error."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import attrs
import httpx
import pytest

import wrapper
from tests.faces import ASYNC, SYNC, Face
from tests.faults.catalogue import FAULTS, End, Fault, When, error, named
from tests.faults.proxy import FaultProxy, forward_to
from wrapper import (
    ConnectError,
    ConnectTimeoutError,
    PoolTimeoutError,
    ProtocolError,
    ReadTimeoutError,
    RetryEvent,
    RetryPolicy,
    SageMakerRuntimeError,
    ServiceError,
    Timeout,
    TotalTimeoutError,
    TransportError,
)
from wrapper.local import LocalRuntime

pytestmark = pytest.mark.slow

BODY = b"payload-" * 64
NEXT = b"the next caller's"
TOTAL = 0.4
SILENT = {fault.name for fault in FAULTS if fault.end is End.SILENCE}
DRIPS = {"drip of the head", "drip of the body"}
# httpx reads "220 mail" as the beginning of a line that may still become a status line.
SILENT_GARBAGE = {"garbage that stays open", "another protocol", "HTTP/2"}
ERRORS = {
    "500 InternalFailure": wrapper.InternalFailure,
    "503 ServiceUnavailable": wrapper.ServiceUnavailable,
    "429 ThrottlingException": wrapper.ThrottlingError,
    "400 ThrottlingException": wrapper.ThrottlingError,
    "530 InternalDependencyException": wrapper.InternalDependencyException,
    "502": ServiceError,
    "504": ServiceError,
    "424 ModelError": wrapper.ModelError,
    "400 ValidationError": wrapper.ValidationError,
    "403 AccessDeniedException": wrapper.AccessDeniedError,
    "413": wrapper.PayloadTooLargeError,
    "307": ServiceError,
    "endless body of an error": wrapper.ServiceUnavailable,
}
# What the stock transport of httpx does not get right, and this project's own engines do: what
# comes after an answer is taken for the next caller's, and interim answers may come for ever.
BEYOND_HTTPX = {"answer twice", "surplus after the answer", "endless interim answers"}
# A head is awaited with one limit for each read.
BEYOND_HTTPX_SYNC = {*BEYOND_HTTPX, "drip of the head"}


@attrs.frozen
class Way:
    """A client over an engine."""

    face: Face
    engine: str

    def options(self, proxy: FaultProxy, **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = {
            "endpoint_url": proxy.url,
            "timeout": 0.15,
            "retries": RetryPolicy(total_timeout=TOTAL),
            **options,
        }
        if self.engine == "httpx":
            kind = httpx.AsyncHTTPTransport if self.face.is_async else httpx.HTTPTransport
            found["transport"] = kind()
        return found

    def calls(self, options: dict[str, Any], *bodies: bytes, pause: float = 0.02) -> list[Any]:
        """The outcome of one call after another, by one client: what it gave, or its error."""
        if self.face.is_async:
            return asyncio.run(self._calls_async(options, bodies, pause))
        outcomes: list[Any] = []
        with self.face.make(**options) as client:
            for body in bodies:
                try:
                    outcomes.append(client.invoke_endpoint("echo", body))
                except Exception as error:  # noqa: BLE001  # for the test to judge
                    outcomes.append(error)
                time.sleep(pause)
        return outcomes

    async def _calls_async(self, options: Any, bodies: Any, pause: float) -> list[Any]:
        outcomes: list[Any] = []
        async with self.face.make(**options) as client:
            for body in bodies:
                try:
                    outcomes.append(await client.invoke_endpoint("echo", body))
                except Exception as error:  # noqa: BLE001  # for the test to judge
                    outcomes.append(error)
                await asyncio.sleep(pause)
        return outcomes


WAYS = [Way(face, engine) for face in (SYNC, ASYNC) for engine in ("own", "httpx")]


def skip_what_is_beyond(way: Way, fault: Fault) -> None:
    """The limits of httpx's transport, which are not this project's to mend."""
    beyond = BEYOND_HTTPX if way.face.is_async else BEYOND_HTTPX_SYNC
    if way.engine == "httpx" and fault.name in beyond:
        pytest.skip("beyond the transport of httpx")


def way_id(way: Way) -> str:
    return f"{'async' if way.face.is_async else 'sync'}-{way.engine}"


each_way = pytest.mark.parametrize("way", WAYS, ids=way_id)
own_ways = pytest.mark.parametrize("way", [way for way in WAYS if way.engine == "own"], ids=way_id)
each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


@pytest.fixture(scope="module")
def shared_proxy() -> Iterator[FaultProxy]:
    with FaultProxy(longest=2.0) as proxy:
        yield proxy
        assert proxy.errors == []


@pytest.fixture
def proxy(shared_proxy: FaultProxy) -> FaultProxy:
    shared_proxy.forget()
    return shared_proxy


@pytest.fixture
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr("wrapper._base_client._jitter", lambda: 0.0)


def expected(fault: Fault, way: Way) -> type | tuple[type, ...]:
    """The errors that a call may end in when nothing is retried."""
    if fault.name in ERRORS:
        return ERRORS[fault.name]
    if fault.name in DRIPS:
        return TotalTimeoutError
    if fault.name == "another protocol" and way.engine == "httpx":
        return ReadTimeoutError
    if fault.name in SILENT - SILENT_GARBAGE:
        return ReadTimeoutError
    if fault.name == "reset at accept":
        return (ConnectError, ProtocolError)  # as it is before or after the first write
    return ProtocolError


# What a call ends in


@each_way
@each_fault
def test_a_call_ends_in_its_answer_or_one_typed_error_and_the_next_is_none_the_worse(
    proxy, fault, way
):
    skip_what_is_beyond(way, fault)
    proxy.plan(fault)
    policy = RetryPolicy(max_attempts=1, total_timeout=TOTAL)
    began = time.monotonic()
    first, following = way.calls(way.options(proxy, retries=policy), BODY, NEXT)
    assert time.monotonic() - began < TOTAL + 3.0  # for a machine that does other things, too
    if fault.is_whole:
        assert first.body == BODY
        assert first.attempts == 1
    else:
        assert isinstance(first, expected(fault, way)), repr(first)
        assert isinstance(first, SageMakerRuntimeError)
        assert first.attempts == 1
        assert "\n" not in str(first)
        assert len(str(first)) < 500
        if isinstance(first, TransportError) and fault.when is When.ANSWER:
            assert first.possibly_processed  # the model has run
    assert following.body == NEXT


@own_ways
@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.when in {When.ANSWER, When.REQUEST} and not fault.is_whole],
    ids=lambda fault: fault.name,
)
def test_what_may_have_reached_the_model_is_not_sent_again_unasked(proxy, fault, way, no_jitter):
    skip_what_is_beyond(way, fault)
    proxy.plan(fault)
    (outcome,) = way.calls(way.options(proxy), BODY, pause=0.0)
    assert isinstance(outcome, TransportError)
    assert [request.fault for request in proxy.seen] == (
        [fault.name] if fault.when is When.ANSWER else []
    )
    assert proxy.connections == 1


@each_way
@pytest.mark.parametrize(
    "name", ["reset before answer", "close during head", "silence", "close during body"]
)
def test_what_may_have_reached_the_model_is_sent_again_when_the_caller_says_so(
    proxy, name, way, no_jitter
):
    proxy.plan(named(name))
    policy = RetryPolicy(retry_timeouts=True, total_timeout=2.0)
    (outcome,) = way.calls(way.options(proxy, retries=policy), BODY)
    assert (outcome.body, outcome.attempts) == (BODY, 2)
    assert [request.fault for request in proxy.seen] == [name, None]


@each_way
@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.is_retryable_answer], ids=lambda fault: fault.name
)
def test_an_answer_that_asks_for_it_is_retried(proxy, fault, way, no_jitter):
    proxy.plan(fault, fault)
    told: list[RetryEvent] = []
    policy = RetryPolicy(total_timeout=5.0, on_retry=told.append)
    (outcome,) = way.calls(way.options(proxy, retries=policy, timeout=2.0), BODY)
    assert (outcome.body, outcome.attempts) == (BODY, 3)
    assert [event.attempt for event in told] == [1, 2]
    attempts = [request.headers["amz-sdk-request"] for request in proxy.seen]
    assert attempts == ["attempt=1; max=3", "attempt=2; max=3", "attempt=3; max=3"]
    assert len({request.headers["amz-sdk-invocation-id"] for request in proxy.seen}) == 1


@each_way
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_response_stream_ends_in_its_end_or_one_typed_error(proxy, fault, way):
    skip_what_is_beyond(way, fault)
    if fault.name == "drip of the body":
        pytest.skip("a slow stream is a stream")
    proxy.plan(fault)
    policy = RetryPolicy(max_attempts=1, total_timeout=TOTAL)
    parts, failure = way.face.read(way.options(proxy, retries=policy), body=BODY)
    assert BODY.startswith(b"".join(parts))
    if fault.is_whole:
        assert (b"".join(parts), failure) == (BODY, None)
    else:
        assert isinstance(failure, SageMakerRuntimeError), repr(failure)


# Connections that were closed while nobody used them


@each_way
def test_connections_closed_while_idle_cost_a_call_nothing(proxy, way):
    options = way.options(proxy, timeout=2.0)
    with_idle = [named("close when idle"), None, named("reset when idle"), None]
    proxy.plan(*with_idle)
    outcomes = way.calls(options, *[b"%d" % number for number in range(4)])
    assert [outcome.body for outcome in outcomes] == [b"0", b"1", b"2", b"3"]
    assert len(proxy.seen) == 4
    assert proxy.connections == 3


@own_ways
@pytest.mark.parametrize("name", ["close at accept", "reset at accept"])
def test_a_pooled_connection_that_dies_under_a_request_is_replaced(proxy, way, name, no_jitter):
    """The service may close an idle connection at the moment at which the request leaves."""
    proxy.plan(None, named(name))
    first, second = way.calls(way.options(proxy, timeout=2.0), BODY, NEXT)
    assert first.body == BODY
    assert (second.body, second.attempts) == (NEXT, 2)
    assert len(proxy.seen) == 2


@own_ways
def test_a_pooled_connection_that_dies_late_may_have_run_the_model(proxy, way, no_jitter):
    """It was not closed while idle: that would have shown within a round trip."""
    late = Fault("late", When.ANSWER, End.RESET, lambda _: [0.4])
    proxy.plan(None, late)
    _, outcome = way.calls(way.options(proxy, timeout=3.0, retries=3), BODY, NEXT)
    assert isinstance(outcome, ProtocolError)
    assert outcome.possibly_processed
    assert len(proxy.seen) == 2


# Storms


@each_way
def test_in_a_storm_of_errors_the_quota_ends_the_retries(proxy, way, no_jitter):
    proxy.plan(*[named("503 ServiceUnavailable")] * 300)
    options = way.options(proxy, timeout=2.0, retries=RetryPolicy(max_attempts=3))
    outcomes = way.calls(options, *[BODY] * 60, pause=0.0)
    assert all(isinstance(outcome, wrapper.ServiceUnavailable) for outcome in outcomes)
    # 60 calls, and as many retries as 500 tokens pay at 14 each
    assert len(proxy.seen) == 60 + 500 // 14


# The whole call


@each_way
@pytest.mark.parametrize(
    ("fault", "timeout", "cause"),
    [
        ("silence", None, ReadTimeoutError),
        ("drip of the head", 5.0, ReadTimeoutError),
        ("drip of the body", 5.0, ReadTimeoutError),
        ("503 ServiceUnavailable", 5.0, wrapper.ServiceUnavailable),
    ],
)
def test_the_whole_call_has_a_limit_and_an_error_of_its_own(
    proxy, way, fault, timeout, cause, monkeypatch
):
    monkeypatch.setattr("wrapper._base_client._jitter", lambda: 1.0)
    skip_what_is_beyond(way, named(fault))
    proxy.plan(*[named(fault)] * 50)
    policy = RetryPolicy(max_attempts=50, total_timeout=0.5)
    phases = Timeout(connect=None, read=None, write=None, pool=None) if timeout is None else timeout
    began = time.monotonic()
    (outcome,) = way.calls(way.options(proxy, retries=policy, timeout=phases), BODY, pause=0.0)
    seconds = time.monotonic() - began
    assert isinstance(outcome, TotalTimeoutError)
    assert isinstance(outcome.__cause__, cause)
    assert f"total_timeout of 0.5 s (attempts: {outcome.attempts}; the last: " in str(outcome)
    assert outcome.possibly_processed is (cause is ReadTimeoutError)
    # A wait that would end too late is not begun: errors are told early, what hangs at the limit.
    assert seconds < 0.5 + 1.0
    if cause is ReadTimeoutError:
        assert seconds >= 0.5


@each_way
def test_an_open_stream_has_no_limit_but_the_read_timeout(proxy, way):
    drip = Fault("drip of events", When.ANSWER, End.KEEP, lambda answer: halves(answer, 0.4))
    proxy.plan(drip)
    options = way.options(proxy, timeout=2.0, retries=RetryPolicy(total_timeout=0.3))
    parts, failure = way.face.read(options, body=BODY)
    assert (b"".join(parts), failure) == (BODY, None)


def halves(answer: bytes, pause: float) -> list[bytes | float]:
    middle = (answer.index(b"\r\n\r\n") + len(answer)) // 2
    return [answer[:middle], pause, answer[middle:]]


@each_way
def test_slow_credentials_do_not_let_a_call_be_sent_too_late(proxy, way):
    def slow() -> wrapper.Credentials:
        time.sleep(0.3)
        return wrapper.Credentials("AKIDEXAMPLE", "secret")

    options = way.options(proxy, credentials=slow, retries=RetryPolicy(total_timeout=0.2))
    (outcome,) = way.calls(options, BODY)
    assert isinstance(outcome, TotalTimeoutError)
    assert (outcome.attempts, outcome.possibly_processed) == (0, False)
    assert outcome.__cause__ is None
    assert proxy.seen == []


# Each phase has an error of its own


@own_ways
def test_each_phase_of_a_call_has_a_timeout_and_an_error_of_its_own(proxy, way):
    proxy.plan(Fault("silence at accept", When.ACCEPT, End.SILENCE))
    url = proxy.url.replace("http://", "https://")  # the hello is never answered
    limits = Timeout(connect=0.1)
    (connect,) = way.calls(way.options(proxy, endpoint_url=url, timeout=limits, retries=1), BODY)
    assert type(connect) is ConnectTimeoutError
    assert connect.possibly_processed is False
    proxy.plan(named("silence"))
    (read,) = way.calls(way.options(proxy, timeout=Timeout(read=0.1), retries=1), BODY)
    assert type(read) is ReadTimeoutError
    assert read.possibly_processed is True
    # Nobody reads: what is sent fills the buffers.
    proxy.plan(Fault("reads nothing", When.STALL, End.SILENCE))
    large = bytes(30_000_000)
    (write,) = way.calls(way.options(proxy, timeout=Timeout(write=0.1), retries=1), large)
    assert type(write) is wrapper.WriteTimeoutError
    assert write.possibly_processed is False


def test_waiting_for_a_free_connection_has_a_limit(proxy):
    proxy.plan(named("silence"))
    limits = Timeout(read=1.0, pool=0.1)
    options = Way(SYNC, "own").options(proxy, timeout=limits, max_connections=1, retries=1)
    with SYNC.make(**options) as client:
        first = threading.Thread(target=quietly, args=(client.invoke_endpoint, "echo", BODY))
        first.start()
        while not proxy.seen:
            time.sleep(0.001)
        with pytest.raises(PoolTimeoutError) as caught:
            client.invoke_endpoint("echo", NEXT)
        first.join()
    assert caught.value.possibly_processed is False


def quietly(function: Any, *arguments: Any) -> None:
    with contextlib.suppress(SageMakerRuntimeError):
        function(*arguments)


# Redirects


@each_way
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_with_a_signature(proxy, way, status):
    with FaultProxy() as elsewhere:
        headers = [("Location", f"{elsewhere.url}/endpoints/echo/invocations")]
        proxy.plan(error(status, headers=headers))
        (outcome,) = way.calls(way.options(proxy), BODY)
        assert type(outcome) is ServiceError
        assert outcome.status_code == status
        assert elsewhere.connections == 0
    assert len(proxy.seen) == 1


# Endless answers


@each_way
def test_an_endless_answer_ends_at_the_limit(proxy, way, monkeypatch):
    for module in (wrapper._http, wrapper._http11.answer):  # type: ignore[attr-defined]
        monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 1_000_000)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    endless = Fault(
        "endless body", When.ANSWER, pieces=lambda _: (piece for piece in iter_endless(head, chunk))
    )
    proxy.plan(endless)
    began = time.monotonic()
    outcome, following = way.calls(way.options(proxy), BODY, NEXT)
    assert isinstance(outcome, ProtocolError)
    assert "larger than 1000000 bytes" in str(outcome)
    assert time.monotonic() - began < 5.0
    assert following.body == NEXT


def iter_endless(head: bytes, piece: bytes) -> Iterator[bytes]:
    yield head
    while True:
        yield piece


# The proxy before a real server


@each_way
def test_faults_before_a_server_that_checks_every_signature(runtime: LocalRuntime, way, no_jitter):
    with FaultProxy(forward_to("127.0.0.1", urlsplit(runtime.url).port)) as proxy:
        proxy.plan(named("503 ServiceUnavailable"), None, named("close during body"))
        options = way.options(
            proxy, credentials=runtime.credentials, region=runtime.region, timeout=5.0, retries=3
        )
        retried, broken, right = way.calls(options, BODY, BODY, NEXT)
    assert (retried.body, retried.attempts) == (BODY, 2)
    assert isinstance(broken, ProtocolError)
    assert right.body == NEXT


# Cancellation: whoever is interrupted gives the connection up, and the next caller gets the right
# answer; with a single place in the pool, a lost one would show at once.


def drip(answer: bytes) -> Iterator[bytes | float]:
    for start in range(0, len(answer), 60):
        yield answer[start : start + 60]
        yield 0.0005


SLOW = Fault("slow", When.ANSWER, End.KEEP, drip)
INTERRUPTIONS = 100
OPERATIONS = ("invoke_endpoint", "invoke_endpoint_with_response_stream")


def slow_proxy() -> FaultProxy:
    chance = random.Random(7)
    return FaultProxy(decide=lambda: SLOW if chance.random() < 0.6 else None)


class Interrupted(BaseException):
    """Thrown into a call."""


@each_way
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("how", ["cancel", "timeout"])
def test_a_cancelled_task_gives_its_connection_up(way, operation, how):
    if not way.face.is_async:
        pytest.skip("tasks are asyncio's")
    chance = random.Random(11)

    async def call(client: Any, body: bytes) -> bytes:
        output = await getattr(client, operation)("echo", body)
        if operation == "invoke_endpoint":
            return output.body
        async with output as stream:
            return await stream.read()

    async def main(proxy: FaultProxy) -> int:
        interrupted = 0
        options = way.options(proxy, timeout=5.0, retries=1)
        if way.engine == "own":
            options["max_connections"] = 1
        async with way.face.make(**options) as client:
            for number in range(INTERRUPTIONS):
                body = b"%d " % number + BODY
                seconds = chance.random() * 0.012
                try:
                    if how == "timeout":
                        async with asyncio.timeout(seconds):
                            assert await call(client, body) == body
                    else:
                        task = asyncio.create_task(call(client, body))
                        await asyncio.sleep(seconds)
                        task.cancel()
                        assert await task == body
                except (TimeoutError, asyncio.CancelledError):
                    interrupted += 1
                assert await call(client, b"next %d" % number) == b"next %d" % number
        return interrupted

    with slow_proxy() as proxy:
        assert INTERRUPTIONS // 10 < asyncio.run(main(proxy)) < INTERRUPTIONS
        assert proxy.errors == []


@contextlib.contextmanager
def frequent_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def call_sync(client: Any, operation: str, body: bytes) -> bytes:
    output = getattr(client, operation)("echo", body)
    if operation == "invoke_endpoint":
        return output.body
    with output as stream:
        return stream.read()


# Python reports the exception that it drops in a finalizer; nothing else is let pass.
@pytest.mark.filterwarnings(r"ignore:[\s\S]*Interrupted:pytest.PytestUnraisableExceptionWarning")
@own_ways
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_exception_thrown_into_a_threads_call_gives_its_connection_up(way, operation):
    if way.face.is_async:
        pytest.skip("threads are for the synchronous client")
    chance = random.Random(13)
    interrupted = 0
    with slow_proxy() as proxy, frequent_switches():
        options = way.options(proxy, timeout=5.0, retries=1, max_connections=1)
        with way.face.make(**options) as client:
            for number in range(INTERRUPTIONS):
                body = b"%d " % number + BODY
                given: list[bytes] = []

                begun = threading.Event()

                def work(
                    body: bytes = body, given: list[bytes] = given, begun: threading.Event = begun
                ) -> None:
                    try:
                        begun.set()
                        given.append(call_sync(client, operation, body))
                        while True:  # until the exception comes
                            time.sleep(0.0005)
                    except Interrupted:
                        pass

                thread = threading.Thread(target=work)
                thread.start()
                begun.wait()
                time.sleep(chance.random() * 0.012)
                assert thread.ident is not None
                # Once more where it struck inside a finalizer: Python drops it there.
                while thread.is_alive():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(thread.ident), ctypes.py_object(Interrupted)
                    )
                    thread.join(1.0)
                assert given in ([], [body])
                interrupted += not given
                following = b"next %d" % number
                assert call_sync(client, operation, following) == following
        assert INTERRUPTIONS // 10 < interrupted < INTERRUPTIONS
        assert proxy.errors == []


@pytest.mark.filterwarnings(r"ignore:[\s\S]*Interrupted:pytest.PytestUnraisableExceptionWarning")
@own_ways
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_signal_that_raises_in_the_middle_of_a_call_gives_its_connection_up(way, operation):
    """As Ctrl-C does."""
    if way.face.is_async:
        pytest.skip("an event loop turns Ctrl-C into a cancellation")
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals are for the main thread")

    pending = False

    def interrupt(*_: object) -> None:
        nonlocal pending
        pending = False
        raise Interrupted

    chance = random.Random(17)
    interrupted = 0
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with slow_proxy() as proxy:
            options = way.options(proxy, timeout=5.0, retries=1, max_connections=1)
            with way.face.make(**options) as client:
                for number in range(INTERRUPTIONS):
                    body = b"%d " % number + BODY
                    given = None
                    pending = True
                    try:
                        signal.setitimer(signal.ITIMER_REAL, 1e-5 + chance.random() * 0.012)
                        given = call_sync(client, operation, body)
                        while pending:  # until the exception comes, or Python dropped it
                            time.sleep(0.0005)
                    except Interrupted:
                        pass
                    assert given in {None, body}
                    interrupted += given is None
                    following = b"next %d" % number
                    assert call_sync(client, operation, following) == following
            assert INTERRUPTIONS // 10 < interrupted < INTERRUPTIONS
            assert proxy.errors == []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
