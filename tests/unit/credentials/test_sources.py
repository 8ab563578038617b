"""`as_source`: everything a client takes as `credentials=`."""

from __future__ import annotations

import asyncio
import pickle
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import botocore.credentials
import botocore.session
import pytest

from wrapper._config import resolve_config
from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper.credentials import Provider, RefreshingCredentials, as_source

GIVEN = Credentials("AKID", "hunter2", "token")


class Mine(Provider):
    def load(self):
        return GIVEN


async def coroutine_function():
    return GIVEN


def function():
    return GIVEN


class Callable:
    def __call__(self):
        return GIVEN


@pytest.mark.parametrize(
    "value",
    [
        GIVEN,
        Mine(),
        function,
        partial(function),
        Callable(),
        RefreshingCredentials(Mine()),
        as_source(GIVEN).get,
        boto3.Session("AKID", "hunter2", "token"),
        boto3.Session("AKID", "hunter2", "token").get_credentials(),
        botocore.credentials.Credentials("AKID", "hunter2", "token"),
        botocore.credentials.ReadOnlyCredentials("AKID", "hunter2", "token"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_gives_credentials_serves_both_kinds_of_clients(value):
    source = as_source(value)
    assert source.get() == GIVEN
    assert asyncio.run(source.get_async()) == GIVEN
    assert "hunter2" not in repr(source)


@pytest.mark.parametrize(
    "value",
    [coroutine_function, lambda: asyncio.sleep(0, GIVEN), Mine().load_async],
    ids=["coroutine function", "lambda", "method"],
)
def test_an_awaitable_serves_asynchronous_clients_alone(value):
    assert asyncio.run(as_source(value).get_async()) == GIVEN
    with pytest.raises(CredentialsError, match=r"cannot await.*use an asynchronous client"):
        as_source(value).get()


def test_a_source_stays_what_it_is():
    source = as_source(GIVEN)
    assert as_source(source) is source


def test_nothing_given_means_the_search_of_awss_tools(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert as_source().get().access_key_id == "AKID"
    assert as_source(None, resolve_config()).get().access_key_id == "AKID"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("AKID:hunter2", "of type str"),
        (("AKID", "hunter2"), "of type tuple"),
        ({"access_key": "hunter2"}, "of type dict"),
        (Mine, "the class Mine rather than an instance"),
        (boto3.Session, "the class Session rather than an instance"),
        (5, "of type int"),
        (
            {"AccessKeyId": "AKID", "SecretAccessKey": "hunter2"},
            r"of type dict.*Of these: wrapper.Credentials\(found\['AccessKeyId'\]",
        ),
    ],
    ids=lambda value: str(value)[:20],
)
def test_anything_else_is_refused_with_what_is_accepted(value, what):
    with pytest.raises(ConfigurationError, match=what) as caught:
        as_source(value)
    assert caught.value.setting == "credentials"
    assert "boto3 or botocore session" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("result", [None, ("AKID", "hunter2"), "hunter2"], ids=repr)
def test_a_function_that_returns_something_else_is_refused(result):
    with pytest.raises(CredentialsError, match=r"function .*lambda.* returned \w+;") as caught:
        as_source(lambda: result).get()
    assert "hunter2" not in str(caught.value)


def test_given_credentials_that_have_expired_are_not_used():
    expired = Credentials("AKID", "s", "t", datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(CredentialsError, match="from the argument expired"):
        as_source(expired).get()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (("AKID", None), "secret_access_key must be a str, not NoneType"),
        ((b"AKID", "hunter2"), "access_key_id must be a str, not bytes"),
        (("AKID", "hunter2", 5), "session_token must be a str, not int"),
        (("AKID", "hunter2", None, "2030-01-01"), "expiration must be an aware datetime, not str"),
    ],
)
def test_credentials_of_the_wrong_types_are_refused_when_they_are_made(fields, said):
    with pytest.raises(CredentialsError, match=said) as caught:
        Credentials(*fields)
    assert "hunter2" not in str(caught.value)


def test_an_expiration_without_time_zone_is_refused():
    with pytest.raises(CredentialsError, match="no time zone"):
        Credentials("AKID", "s", "t", datetime(2030, 1, 1))  # noqa: DTZ001


def test_a_botocore_session_renews_its_own_credentials():
    made = []

    def refresh():
        made.append(1)
        return {
            "access_key": f"KEY{len(made)}",
            "secret_key": "s",
            "token": "t",
            "expiry_time": now[0].isoformat(),
        }

    now = [datetime.now(UTC) + timedelta(minutes=16)]
    session = botocore.session.Session()
    session._credentials = botocore.credentials.RefreshableCredentials.create_from_metadata(
        refresh(), refresh, "test"
    )
    source = as_source(session)
    assert source.get().access_key_id == "KEY1"
    assert source.get() is source.get(), "the signer's caches find the same object"
    session._credentials._expiry_time = datetime.now(UTC) + timedelta(minutes=1)
    now[0] += timedelta(hours=1)
    assert asyncio.run(source.get_async()).access_key_id == "KEY2"
    assert source.get().access_key_id == "KEY2"


def test_a_botocore_session_renews_off_the_event_loop():
    threads = []

    class Renewing(botocore.credentials.Credentials):
        needs = True

        def refresh_needed(self):
            return self.needs

        def get_frozen_credentials(self):
            threads.append(threading.current_thread())
            return super().get_frozen_credentials()

    credentials = Renewing("AKID", "hunter2", "token")
    source = as_source(credentials)

    async def main():
        await source.get_async()
        await source.get_async()
        credentials.needs = False
        await source.get_async()
        return threading.current_thread()

    loop_thread = asyncio.run(main())
    assert [thread is loop_thread for thread in threads] == [False, False, True]


def test_a_botocore_session_without_credentials_fails(monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CredentialsError, match=r"boto3 session .* has none"):
        as_source(boto3.Session()).get()


def test_a_session_of_another_library_is_explained():
    class AsyncSession:
        async def get_credentials(self):
            raise AssertionError

    with pytest.raises(CredentialsError, match=r"returned coroutine.*coroutine function"):
        as_source(AsyncSession()).get()


def test_a_botocore_session_cannot_be_pickled_and_says_so():
    with pytest.raises(TypeError, match=r"cannot be pickled.*profile="):
        pickle.dumps(as_source(boto3.Session("a", "b")))
