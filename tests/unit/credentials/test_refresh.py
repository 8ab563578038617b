"""`RefreshingCredentials`: windows, one refresh at a time, cancellation, forks, pickles."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from wrapper._credentials import Credentials
from wrapper._errors import CredentialsError
from wrapper.credentials import CallableProvider, Provider, RefreshingCredentials, StaticProvider
from wrapper.credentials import _refresh as refresh_module

NOW = 1_900_000_000.0
HOUR = 3600.0
MINUTE = 60.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Counting(Provider):
    """Gives `KEY1`, `KEY2` …, each valid for `lifetime` from the clock's now."""

    name = "counting"

    def __init__(self, clock: Clock, lifetime: float | None = HOUR) -> None:
        self.clock = clock
        self.lifetime = lifetime
        self.calls = 0
        self.error: BaseException | None = None
        self.gate: threading.Event | None = None
        self.entered = threading.Event()

    def load(self) -> Credentials:
        self.calls += 1
        number = self.calls
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.error is not None:
            raise self.error
        ends = None
        if self.lifetime is not None:
            ends = datetime.fromtimestamp(self.clock.now + self.lifetime, UTC)
        return Credentials(f"KEY{number}", "hunter2", "token", ends)


class CountingAsync(Counting):
    """The same, loaded on the event loop."""

    async_gate: asyncio.Event | None = None

    async def load_async(self) -> Credentials:
        self.calls += 1
        number = self.calls
        self.entered.set()
        await asyncio.sleep(0)
        if self.async_gate is not None:
            await self.async_gate.wait()
        if self.error is not None:
            raise self.error
        ends = datetime.fromtimestamp(self.clock.now + (self.lifetime or 0), UTC)
        return Credentials(f"KEY{number}", "hunter2", "token", ends)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def provider(clock):
    return Counting(clock)


@pytest.fixture
def source(provider, clock):
    return RefreshingCredentials(provider, clock=clock)


def key(source: RefreshingCredentials) -> str:
    return source.get().access_key_id


def test_credentials_are_loaded_once_and_kept(source, provider, clock):
    assert key(source) == "KEY1"
    clock.now += HOUR - 15 * MINUTE - 1
    assert key(source) == "KEY1"
    assert asyncio.run(source.get_async()).access_key_id == "KEY1"
    assert provider.calls == 1


def test_nothing_is_loaded_before_it_is_asked_for(provider, source):
    assert provider.calls == 0


def test_credentials_without_expiration_are_kept_for_good(source, provider, clock):
    provider.lifetime = None
    assert key(source) == "KEY1"
    clock.now += 1000 * HOUR
    assert key(source) == "KEY1"


@pytest.mark.parametrize("remaining", [15 * MINUTE, 12 * MINUTE, 10 * MINUTE, 1.0])
def test_they_are_renewed_within_fifteen_minutes_of_their_end(source, clock, remaining):
    key(source)
    clock.now += HOUR - remaining
    assert key(source) == "KEY2"


def test_in_the_advisory_window_others_go_on_with_what_is_held(source, provider, clock):
    key(source)
    clock.now += HOUR - 11 * MINUTE
    provider.gate = threading.Event()
    provider.entered.clear()
    with ThreadPoolExecutor() as pool:
        leader = pool.submit(source.get)
        assert provider.entered.wait(10)
        assert key(source) == "KEY1"
        assert asyncio.run(source.get_async()).access_key_id == "KEY1"
        provider.gate.set()
        assert leader.result(10).access_key_id == "KEY2"
    assert key(source) == "KEY2"
    assert provider.calls == 2


def test_in_the_mandatory_window_others_wait_for_the_one_refresh(source, provider, clock):
    key(source)
    clock.now += HOUR - 10 * MINUTE + 1
    provider.gate = threading.Event()
    provider.entered.clear()
    with ThreadPoolExecutor(20) as pool:
        callers = [pool.submit(source.get) for _ in range(20)]
        assert provider.entered.wait(10)
        time.sleep(0.05)
        assert not any(caller.done() for caller in callers)
        provider.gate.set()
        assert {caller.result(10).access_key_id for caller in callers} == {"KEY2"}
    assert provider.calls == 2


@pytest.mark.parametrize("remaining", [14 * MINUTE, 5 * MINUTE, 10.0])
def test_a_failed_refresh_is_logged_and_valid_credentials_serve_on(
    source, provider, clock, remaining, caplog
):
    key(source)
    clock.now += HOUR - remaining
    provider.error = CredentialsError("the metadata service is down")
    with caplog.at_level(logging.WARNING):
        assert key(source) == "KEY1"
        assert key(source) == "KEY1"
    assert provider.calls == 2, "the next attempt waits a while"
    assert "the metadata service is down" in caplog.text
    assert "hunter2" not in caplog.text
    clock.now += min(MINUTE, remaining / 10)
    assert key(source) == "KEY1"
    assert provider.calls == 3
    provider.error = None
    clock.now += min(MINUTE, remaining / 10)
    assert key(source) == "KEY4"


def test_expired_credentials_are_never_handed_out(source, provider, clock):
    key(source)
    provider.error = CredentialsError("down")
    clock.now += HOUR
    for _ in range(3):
        with pytest.raises(CredentialsError, match="down"):
            source.get()
        with pytest.raises(CredentialsError, match="down"):
            asyncio.run(source.get_async())
    provider.error = None
    assert key(source) == "KEY8"


def test_a_provider_that_gives_expired_credentials_fails(source, provider, clock):
    provider.lifetime = 0
    with pytest.raises(CredentialsError, match=r"from counting expired at .* clock"):
        source.get()


def test_expired_credentials_do_not_replace_valid_ones(source, provider, clock, caplog):
    key(source)
    provider.lifetime = -1
    clock.now += HOUR - 5 * MINUTE
    assert key(source) == "KEY1"
    assert "expired" in caplog.text


@pytest.mark.parametrize("lifetime", [15 * MINUTE, 5 * MINUTE, 2.0])
def test_short_lived_credentials_are_renewed_after_half_their_life(
    source, provider, clock, lifetime
):
    provider.lifetime = lifetime
    assert key(source) == "KEY1"
    clock.now += lifetime / 2 - 0.5
    assert key(source) == "KEY1"
    clock.now += 0.5
    assert key(source) == "KEY2"


def test_a_first_load_that_fails_fails_for_all_who_wait_and_is_tried_anew(source, provider):
    provider.error = CredentialsError("none")
    provider.gate = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        callers = [pool.submit(source.get) for _ in range(8)]
        assert provider.entered.wait(10)
        time.sleep(0.05)
        provider.gate.set()
        for caller in callers:
            with pytest.raises(CredentialsError, match="none"):
                caller.result(10)
    assert provider.calls == 1
    provider.error = None
    assert key(source) == "KEY2"


def test_an_error_that_thousands_wait_for_keeps_a_short_traceback(source, provider):
    provider.error = CredentialsError("none")
    provider.gate = threading.Event()

    async def main():
        callers = [asyncio.ensure_future(source.get_async()) for _ in range(1000)]
        await asyncio.sleep(0.05)
        provider.gate.set()
        return await asyncio.gather(*callers, return_exceptions=True)

    errors = asyncio.run(main())
    assert {str(error) for error in errors} == {"none"}
    assert len(traceback.extract_tb(errors[-1].__traceback__)) < 30


def test_many_tasks_load_once_and_the_event_loop_goes_on(source, provider):
    provider.gate = threading.Event()

    async def main():
        callers = [asyncio.ensure_future(source.get_async()) for _ in range(1000)]
        for _ in range(20):  # the loop turns while the provider stands still
            await asyncio.sleep(0.001)
        assert not any(caller.done() for caller in callers)
        provider.gate.set()
        return {credentials.access_key_id for credentials in await asyncio.gather(*callers)}

    assert asyncio.run(main()) == {"KEY1"}
    assert provider.calls == 1


def test_threads_and_tasks_share_one_refresh(clock):
    provider = CountingAsync(clock)
    source = RefreshingCredentials(provider, clock=clock)

    async def main():
        provider.async_gate = asyncio.Event()
        tasks = [asyncio.ensure_future(source.get_async()) for _ in range(10)]
        await asyncio.sleep(0)
        with ThreadPoolExecutor(4) as pool:
            loop = asyncio.get_running_loop()
            threads = [loop.run_in_executor(pool, source.get) for _ in range(4)]
            other_loops = [
                loop.run_in_executor(pool, lambda: asyncio.run(source.get_async()))
                for _ in range(2)
            ]
            await asyncio.sleep(0.05)
            provider.async_gate.set()
            return await asyncio.gather(*tasks, *threads, *other_loops)

    assert {credentials.access_key_id for credentials in asyncio.run(main())} == {"KEY1"}
    assert provider.calls == 1


@pytest.mark.parametrize("kind", [Counting, CountingAsync])
def test_cancelling_the_refreshing_task_breaks_nothing_for_the_others(clock, kind):
    provider = kind(clock)
    source = RefreshingCredentials(provider, clock=clock)
    provider.gate = threading.Event()

    async def main():
        provider.async_gate = asyncio.Event()
        leader = asyncio.ensure_future(source.get_async())
        await asyncio.sleep(0)
        others = [asyncio.ensure_future(source.get_async()) for _ in range(5)]
        await asyncio.sleep(0.01)
        leader.cancel()
        others[0].cancel()
        await asyncio.sleep(0.01)
        provider.gate.set()
        provider.async_gate.set()
        with pytest.raises(asyncio.CancelledError):
            await leader
        return await asyncio.gather(*others[1:])

    assert {credentials.access_key_id for credentials in asyncio.run(main())} == {"KEY1"}
    assert provider.calls == 1


def test_a_failure_that_nobody_waits_for_any_more_is_not_reported_as_lost(clock, caplog):
    provider = CountingAsync(clock)
    provider.error = CredentialsError("none")
    source = RefreshingCredentials(provider, clock=clock)

    async def main():
        task = asyncio.ensure_future(source.get_async())
        waiter = asyncio.ensure_future(source.get_async())
        await asyncio.sleep(0)
        task.cancel()
        waiter.cancel()
        await asyncio.gather(task, waiter, return_exceptions=True)
        await asyncio.sleep(0.01)

    asyncio.run(main())
    import gc

    gc.collect()
    assert "never retrieved" not in caplog.text


def test_an_event_loop_that_ends_during_a_refresh_does_not_starve_others(clock, monkeypatch):
    monkeypatch.setattr(refresh_module, "_PATIENCE", 0.01)
    provider = CountingAsync(clock)
    source = RefreshingCredentials(provider, clock=clock)
    loop = asyncio.new_event_loop()
    provider.async_gate = asyncio.Event()

    async def begin():
        task = asyncio.ensure_future(source.get_async())
        await asyncio.sleep(0.01)
        return task

    task = loop.run_until_complete(begin())  # the loop stands still now, the refresh unfinished
    assert provider.calls == 1
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(source.get).result(10).access_key_id == "KEY2"
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    for pending in asyncio.all_tasks(loop):
        pending.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def test_those_who_wait_notice_that_the_leading_loop_has_stopped(clock, monkeypatch):
    monkeypatch.setattr(refresh_module, "_PATIENCE", 0.01)
    provider = CountingAsync(clock)
    source = RefreshingCredentials(provider, clock=clock)
    loop = asyncio.new_event_loop()
    provider.async_gate = asyncio.Event()
    waiting = threading.Event()

    async def begin():
        asyncio.ensure_future(source.get_async())  # noqa: RUF006
        await asyncio.sleep(0.01)
        waiting.set()
        await asyncio.sleep(0.05)

    with ThreadPoolExecutor(2) as pool:
        leading = pool.submit(loop.run_until_complete, begin())
        assert waiting.wait(10)
        waiter = pool.submit(source.get)
        leading.result(10)
        assert waiter.result(10).access_key_id == "KEY2"
    for pending in asyncio.all_tasks(loop):
        pending.cancel()
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()


def test_a_synchronous_call_on_the_loop_that_refreshes_does_not_wait_for_itself(clock):
    provider = CountingAsync(clock)
    source = RefreshingCredentials(provider, clock=clock)

    async def main():
        provider.async_gate = asyncio.Event()
        task = asyncio.ensure_future(source.get_async())
        await asyncio.sleep(0.01)
        assert source.get().access_key_id == "KEY2"  # blocks the loop that leads the refresh
        provider.async_gate.set()
        await task

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert provider.calls == 2


def test_an_interrupted_refresh_is_taken_over(source, provider):
    provider.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        source.get()
    provider.error = None
    assert key(source) == "KEY2"


def test_those_who_wait_take_over_an_interrupted_refresh(source, provider):
    class Interrupted(BaseException):
        pass

    provider.error = Interrupted()
    provider.gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(source.get)
        assert provider.entered.wait(10)
        waiter = pool.submit(source.get)
        time.sleep(0.05)
        provider.entered.clear()
        provider.gate.set()
        with pytest.raises(Interrupted):
            leader.result(10)
        with pytest.raises(Interrupted):
            waiter.result(10)  # it led a refresh of its own
    assert provider.calls == 2


def test_a_pickle_holds_the_provider_and_no_credentials():
    source = RefreshingCredentials(StaticProvider(Credentials("AK", "SK")))
    copy = pickle.loads(pickle.dumps(source))
    assert copy.get() == source.get()
    from wrapper.credentials import EnvironmentProvider

    os.environ["AWS_ACCESS_KEY_ID"] = "AKIDSECRET"
    os.environ["AWS_SECRET_ACCESS_KEY"] = "hunter2"
    try:
        held = RefreshingCredentials(EnvironmentProvider())
        held.get()
        pickled = pickle.dumps(held)
    finally:
        del os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    assert b"hunter2" not in pickled
    with pytest.raises(CredentialsError):
        pickle.loads(pickled).get()


def test_repr_shows_no_secret(source):
    source.get()
    assert "hunter2" not in repr(source)
    assert "KEY1" not in repr(source)


def test_a_function_without_expiration_is_asked_each_time():
    keys = iter(["A", "B", "C", "D"])
    source = RefreshingCredentials(CallableProvider(lambda: Credentials(next(keys), "S")))
    assert [key(source), key(source)] == ["A", "B"]
    assert asyncio.run(source.get_async()).access_key_id == "C"


def test_callers_of_a_function_without_expiration_never_share_an_answer():
    """Such a function may answer by context: each caller gets the answer to its own call."""
    local = threading.local()
    begun = threading.Barrier(4)

    def function() -> Credentials:
        time.sleep(0.02)
        return Credentials(local.name, "S")

    source = RefreshingCredentials(CallableProvider(function))

    def caller(name: str) -> str:
        local.name = name
        begun.wait(10)
        return key(source)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(caller, "ABCD")) == list("ABCD")


def test_a_function_with_expiration_is_asked_when_it_is_time(clock):
    calls = []

    async def function() -> Credentials:
        calls.append(1)
        ends = datetime.fromtimestamp(clock.now + HOUR, UTC)
        return Credentials(f"KEY{len(calls)}", "S", "T", ends)

    source = RefreshingCredentials(CallableProvider(function), clock=clock)
    for _ in range(3):
        assert asyncio.run(source.get_async()).access_key_id == "KEY1"
    clock.now += HOUR
    assert asyncio.run(source.get_async()).access_key_id == "KEY2"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_can_go_on_whatever_its_parent_was_doing():
    program = textwrap.dedent(
        """
        import os, threading, time
        from wrapper._credentials import Credentials
        from wrapper.credentials import Provider, RefreshingCredentials

        class Slow(Provider):
            def load(self):
                entered.set()
                if os.getpid() == parent:
                    time.sleep(60)
                return Credentials("CHILD", "S")

        parent, entered = os.getpid(), threading.Event()
        source = RefreshingCredentials(Slow())
        threading.Thread(target=source.get, daemon=True).start()
        entered.wait()
        source._lock.acquire()  # as if another thread held it at this very moment
        child = os.fork()
        if child == 0:
            os._exit(0 if source.get().access_key_id == "CHILD" else 1)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], timeout=20, check=False)
    assert done.returncode == 0


def test_a_failing_first_load_in_a_task_raises_the_providers_error(source, provider):
    provider.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(source.get_async())


def test_a_provider_may_time_out_itself(source, provider):
    provider.error = TimeoutError("mine")
    provider.gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        callers = [pool.submit(source.get) for _ in range(2)]
        assert provider.entered.wait(10)
        time.sleep(0.05)
        provider.gate.set()
        for caller in callers:
            with pytest.raises(TimeoutError, match="mine"):
                caller.result(10)
