"""Options for single calls: what a client with other options shares, and what not."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import pickle
import threading
import weakref
from typing import Any

import httpx
import pytest

from tests.faces import CREDENTIALS, Face
from wrapper import (
    ConfigurationError,
    Credentials,
    ExpiredTokenError,
    ParameterError,
    RetryPolicy,
    SageMakerRuntimeError,
    ServiceUnavailable,
    Timeout,
)
from wrapper.credentials import CallableProvider, Provider, RefreshingCredentials


class Transport(httpx.MockTransport):
    """Counts what is sent and whether it was closed; answers as it is told, in the end with 200."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self.is_closed = False
        self.answers = list(answers)
        super().__init__(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0) if self.answers else httpx.Response(200, content=b"right")

    def close(self) -> None:
        self.is_closed = True

    async def aclose(self) -> None:
        self.is_closed = True


def run(face: Face, steps: Any) -> None:
    """Run a coroutine function whose calls of the client are awaited by `do`."""
    asyncio.run(steps(lambda found: found if face.is_async else _settled(found)))


async def _settled(found: Any) -> Any:
    return found


def service_error(status: int, code: str, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={"x-amzn-errortype": code, **headers}, json={})


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wrapper._base_client._jitter", lambda: 0.0)


def test_a_call_with_options_uses_them_and_others_do_not(face):
    transport = Transport(*[service_error(503, "ServiceUnavailable") for _ in range(3)])

    async def steps(do: Any) -> None:
        client = face.make(transport=transport, retries=1, timeout=9)
        other = client.with_options(retries=3, timeout=Timeout(read=2, connect=1))
        with pytest.raises(ServiceUnavailable) as caught:
            await do(other.invoke_endpoint("e", b""))
        assert caught.value.attempts == 3
        first = transport.requests[0].extensions["timeout"]
        assert dict(first) == {"connect": 1, "read": 2, "write": 70.0, "pool": 70.0}
        await do(client.invoke_endpoint("e", b""))
        assert dict(transport.requests[-1].extensions["timeout"]) == dict.fromkeys(first, 9)
        await do(client.close())

    run(face, steps)


def test_what_is_not_given_stays_as_it_is(face):
    told: list[object] = []
    policy = RetryPolicy(max_attempts=5, total_timeout=30, on_retry=told.append)
    client = face.make(retries=policy, timeout=3)
    assert client.with_options()._settings.timeout == Timeout(connect=3, read=3, write=3, pool=3)
    assert client.with_options(timeout=4)._settings.retries.policy == policy
    other = client.with_options(retries=2)._settings.retries.policy
    assert other == RetryPolicy(max_attempts=2, total_timeout=30, on_retry=told.append)
    assert client._settings.retries.policy == policy
    assert client.with_options(retries=2).with_options(timeout=1)._settings.retries.policy == other
    assert type(client.with_options()) is type(client)
    assert repr(client.with_options()) == repr(client)
    assert client.with_options().config is client.config


@pytest.mark.parametrize("retries", [0, -1, True, 1.5, "3"])
def test_options_are_checked_as_the_constructors_are(face, retries):
    client = face.make()
    with pytest.raises(ConfigurationError) as caught:
        client.with_options(retries=retries)
    assert caught.value.setting in {"retries", "max_attempts"}
    with pytest.raises(ParameterError, match="timeout"):
        client.with_options(timeout=-1)


def test_credentials_quota_and_clock_are_shared(face):
    asked: list[int] = []

    def provider() -> Credentials:
        asked.append(1)
        return CREDENTIALS

    transport = Transport(
        service_error(503, "ServiceUnavailable"),
        httpx.Response(200),
        service_error(403, "InvalidSignatureException", date="Mon, 21 Sep 2037 00:00:00 GMT"),
    )

    async def steps(do: Any) -> None:
        client = face.make(transport=transport, credentials=provider, retries=2)
        other = client.with_options(timeout=1)
        assert other._credentials is client._credentials
        await do(other.invoke_endpoint("e", b""))  # a retry takes 14 tokens, a success gives back
        quota = client._settings.retries.quota
        assert other._settings.retries.quota is quota
        await do(other.invoke_endpoint("e", b""))
        assert transport.requests[-1].headers["x-amz-date"].startswith("20370921T")
        await do(client.invoke_endpoint("e", b""))  # knows of the clock, too
        assert transport.requests[-1].headers["x-amz-date"].startswith("20370921T")
        await do(client.close())

    run(face, steps)
    assert len(transport.requests) == 5
    assert len(asked) == 5


def test_closing_the_new_client_leaves_the_connections_open(face):
    transport = Transport()

    async def steps(do: Any) -> None:
        client = face.make(transport=transport)
        other = client.with_options(timeout=1)
        another = other.with_options(timeout=2)
        for each in (other, client, another):
            assert (await do(each.invoke_endpoint("e", b""))).body == b"right"
        await do(other.close())
        assert not transport.is_closed
        with pytest.raises(SageMakerRuntimeError, match="the client is closed"):
            await do(other.invoke_endpoint("e", b""))
        assert (await do(client.invoke_endpoint("e", b""))).body == b"right"
        assert (await do(another.invoke_endpoint("e", b""))).body == b"right"
        await do(client.close())
        assert transport.is_closed
        with pytest.raises(SageMakerRuntimeError, match="the client is closed"):
            await do(another.invoke_endpoint("e", b""))

    run(face, steps)


def test_the_new_client_keeps_the_first_alive(face):
    transport = Transport()

    async def steps(do: Any) -> None:
        client = face.make(transport=transport)
        await do(client.invoke_endpoint("e", b""))
        other = client.with_options(timeout=1)
        first = weakref.ref(client)
        del client
        gc.collect()
        assert first() is not None
        assert (await do(other.invoke_endpoint("e", b""))).body == b"right"
        assert not transport.is_closed
        await do(first().close())

    run(face, steps)


def test_one_engine_serves_both_whoever_calls_first(face, runtime):
    options = {
        "region": runtime.region,
        "endpoint_url": runtime.url,
        "credentials": runtime.credentials,
    }

    async def steps(do: Any) -> None:
        client = face.make(**options)
        other = client.with_options(timeout=5)
        await do(other.invoke_endpoint("echo", b"1"))
        await do(client.invoke_endpoint("echo", b"2"))
        if face.is_async:
            assert client._engines.get() is not None
            assert other._engines.get() is None
        else:
            assert client._engine is not None
            assert other._engine is None
        await do(client.close())

    run(face, steps)


def test_a_pickled_client_with_options_is_a_client_of_its_own(face):
    client = face.make(timeout=3, retries=2).with_options(timeout=4, retries=5)
    copy = pickle.loads(pickle.dumps(client))
    assert copy._settings.timeout == Timeout(connect=4, read=4, write=4, pool=4)
    assert copy._settings.retries.policy.max_attempts == 5
    assert copy._original is None


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_after_a_fork_quota_and_locks_are_new_for_both(face):
    client = face.make()
    other = client.with_options(retries=2)
    quota = client._settings.retries.quota
    quota.acquire(100)
    quota._lock.acquire()  # by a thread that the child will not have
    with contextlib.ExitStack() as held:
        held.callback(quota._lock.release)
        child = os.fork()
        if child == 0:  # pragma: no cover
            strategy = other._settings.retries
            works = strategy.quota.available == 500 and strategy.quota.acquire(1)
            os._exit(0 if works and client._settings.retries.quota.available == 499 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# Credentials that the service refuses as expired


class Rotating(Provider):
    """Gives other credentials each time, none of which expire by their own account."""

    def __init__(self) -> None:
        self.loads = 0

    def load(self) -> Credentials:
        self.loads += 1
        return Credentials(f"AKIA{self.loads}", "secret", "token")


EXPIRED = ("ExpiredTokenException", "ExpiredToken")


@pytest.mark.parametrize("code", EXPIRED)
def test_refused_credentials_are_renewed_once_and_for_all(face, code):
    provider = Rotating()
    transport = Transport(service_error(403, code))

    async def steps(do: Any) -> None:
        client = face.make(transport=transport, credentials=provider, retries=1)
        output = await do(client.invoke_endpoint("e", b""))
        assert output.attempts == 2
        await do(client.invoke_endpoint("e", b""))
        await do(client.close())

    run(face, steps)
    keys = [request.headers["authorization"][:50] for request in transport.requests]
    assert ["AKIA1" in keys[0], "AKIA2" in keys[1], "AKIA2" in keys[2]] == [True] * 3
    assert provider.loads == 2


def test_what_has_no_successor_is_not_sent_again(face):
    transport = Transport(service_error(403, "ExpiredTokenException"))

    async def steps(do: Any) -> None:
        client = face.make(transport=transport)
        with pytest.raises(ExpiredTokenError) as caught:
            await do(client.invoke_endpoint("e", b""))
        assert caught.value.attempts == 1
        await do(client.close())

    run(face, steps)
    assert len(transport.requests) == 1


def test_credentials_that_others_renewed_meanwhile_are_taken_as_they_are():
    provider = Rotating()
    source = RefreshingCredentials(provider)
    first = source.get()
    second = source.renew(first)
    assert second != first
    assert source.renew(first) == second  # refused too, but renewed already
    assert asyncio.run(source.renew_async(first)) == second
    assert provider.loads == 2


def test_many_callers_with_refused_credentials_renew_them_once():
    class Slow(Rotating):
        def load(self) -> Credentials:
            if self.loads:
                started.wait(5)
            return super().load()

    provider = Slow()
    started = threading.Event()
    source = RefreshingCredentials(provider)
    refused = source.get()
    found: list[Credentials] = []
    threads = [
        threading.Thread(target=lambda: found.append(source.renew(refused))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    started.set()
    for thread in threads:
        thread.join()
    assert {each.access_key_id for each in found} == {"AKIA2"}


def test_a_function_is_asked_again_for_what_was_refused():
    numbers = iter(range(9))
    source = RefreshingCredentials(
        CallableProvider(lambda: Credentials(f"AKIA{next(numbers)}", "secret"))
    )
    assert source.renew(source.get()).access_key_id == "AKIA1"
