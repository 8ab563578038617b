"""The clients themselves: what the constructor takes, pickling, closing, sharing, and habits."""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
import ssl
import threading
from pathlib import Path
from typing import Any

import boto3
import certifi
import httpx
import pytest

import wrapper
from tests.faces import CREDENTIALS, Face, Recorder, finished
from wrapper import ConfigurationError, RetryPolicy, SageMakerRuntimeError

OPERATIONS = ("invoke_endpoint", "invoke_endpoint_async", "invoke_endpoint_with_response_stream")


def options_of(face: Face) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(type(face.make())).parameters)


def test_both_constructors_take_the_same(face):
    assert list(options_of(face)) == [
        *("region", "endpoint_url", "credentials", "profile", "use_fips", "use_dualstack"),
        *("timeout", "retries", "max_connections", "verify", "proxy", "transport", "app_id"),
        "allow_insecure_http",
    ]
    kinds = [parameter.kind.name for parameter in options_of(face).values()]
    assert kinds == ["POSITIONAL_OR_KEYWORD"] + ["KEYWORD_ONLY"] * 13


@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_clients_have_the_same_methods(operation):
    ours, theirs = (
        inspect.signature(getattr(kind, operation))
        for kind in (wrapper.SageMakerRuntimeClient, wrapper.AsyncSageMakerRuntimeClient)
    )
    assert ours.parameters == theirs.parameters


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("region", 5),
        ("region", ["us-east-1"]),
        ("region", ""),
        ("region", "us_east_1"),
        ("region", "us-east-1.evil.example.com#"),
        ("endpoint_url", httpx.URL("http://localhost")),
        ("endpoint_url", "localhost:8080"),
        ("endpoint_url", "http://example.com"),
        ("endpoint_url", "https://user:canary@example.com"),
        ("profile", 5),
        ("profile", "no-such-profile"),
        ("use_fips", "false"),
        ("use_fips", 1),
        ("use_dualstack", "no"),
        ("retries", 0),
        ("retries", -1),
        ("retries", True),
        ("retries", False),
        ("retries", "3"),
        ("retries", 2.0),
        ("retries", {"max_attempts": 5}),
        ("retries", RetryPolicy),
        ("max_connections", 0),
        ("max_connections", True),
        ("max_connections", "10"),
        ("max_connections", 1.5),
        ("verify", "/no/such/bundle.pem"),
        ("verify", Path("/no/such/bundle.pem")),
        ("verify", 1),
        ("verify", b"bundle.pem"),
        ("proxy", {"https": "http://user:canary@localhost"}),
        ("proxy", httpx.Proxy("http://user:canary@localhost")),
        ("transport", httpx.Client),
        ("transport", "http"),
        ("app_id", 5),
        ("app_id", "a b"),
        ("allow_insecure_http", "yes"),
        ("credentials", ("AKID", "canary")),
        ("credentials", {"aws_access_key_id": "AKID", "aws_secret_access_key": "canary"}),
        ("credentials", "canary"),
        ("credentials", wrapper.Credentials),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_wrong_option_is_named_when_the_client_is_made(face, name, wrong):
    with pytest.raises(ConfigurationError) as caught:
        face.make(**{name: wrong})
    error = caught.value
    assert "canary" not in str(error)
    # The setting as the caller spells it, or as the configuration does.
    assert error.setting in {name, "max_attempts"}
    assert isinstance(error, ValueError)


def test_a_bundle_may_be_given_as_a_path(face):
    bundle = Path(certifi.where())
    client = face.make(verify=bundle)
    assert client.config.verify == str(bundle)
    assert pickle.loads(pickle.dumps(client)).config.verify == str(bundle)


def test_a_client_that_was_not_made_can_be_shown(face):
    kind = type(face.make())
    client = kind.__new__(kind)
    assert repr(client) == f"<{kind.__name__}, not made>"
    with pytest.raises(ConfigurationError):
        client.__init__(region=5)
    assert repr(client) == f"<{kind.__name__}, not made>"


@pytest.mark.parametrize(
    ("face_", "transport"),
    [
        (Face(is_async=True), httpx.HTTPTransport()),
        (Face(is_async=False), httpx.AsyncHTTPTransport()),
    ],
)
def test_a_transport_of_the_other_kind_is_refused(face_, transport):
    with pytest.raises(ConfigurationError, match="is no transport for this client: it has no"):
        face_.make(transport=transport)


@pytest.mark.parametrize(
    ("name", "value"),
    [("verify", False), ("proxy", "http://localhost:3128"), ("max_connections", 5)],
)
def test_what_a_transport_decides_cannot_be_asked_of_the_client(face, name, value):
    with pytest.raises(ConfigurationError, match=f"^{name} cannot be combined with transport"):
        face.make(**{name: value, "transport": Recorder()})


def test_a_region_is_needed(face):
    with pytest.raises(ConfigurationError, match=r"^no region: ") as caught:
        face.make(region=None)
    assert caught.value.setting == "region"


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_environment_may_name_the_region(face, monkeypatch, variable):
    monkeypatch.setenv(variable, "eu-west-1")
    through = Recorder()
    face.call({"transport": through, "region": None}, "invoke_endpoint", "e", b"")
    assert through.last.url.host == "runtime.sagemaker.eu-west-1.amazonaws.com"
    assert "/eu-west-1/sagemaker/aws4_request" in through.last.headers["authorization"]


def test_fips_and_dualstack_choose_the_host(face):
    through = Recorder()
    face.call(
        {"transport": through, "use_fips": True, "use_dualstack": True}, "invoke_endpoint", "e", b""
    )
    assert through.last.url.host == "runtime.sagemaker-fips.us-east-1.api.aws"


def test_making_a_client_sends_nothing_and_asks_for_no_credentials(face):
    def refuse() -> wrapper.Credentials:
        raise AssertionError("credentials were asked for")

    through = Recorder()
    client = face.make(transport=through, credentials=refuse)
    assert through.requests == []
    assert "refuse" not in repr(client)


@pytest.mark.parametrize(
    "credentials",
    [
        CREDENTIALS,
        lambda: CREDENTIALS,
        boto3.Session("AKIDEXAMPLE", "a-secret-access-key"),
    ],
    ids=["value", "callable", "boto3 session"],
)
def test_credentials_come_from_whatever_has_them(face, credentials):
    through = Recorder()
    face.call({"transport": through, "credentials": credentials}, "invoke_endpoint", "e", b"")
    assert "Credential=AKIDEXAMPLE/" in through.last.headers["authorization"]


def test_without_credentials_nothing_is_sent(face):
    through = Recorder()
    for credentials in (None, lambda: None):
        with pytest.raises(wrapper.CredentialsError):
            face.call(
                {"transport": through, "credentials": credentials}, "invoke_endpoint", "e", b""
            )
    assert through.requests == []


def test_a_repr_names_the_endpoint_and_nothing_secret(face):
    client = face.make(endpoint_url="https://example.com/base", app_id="my-app")
    kind = type(client).__name__
    assert repr(client) == f"<{kind} https://example.com/base region='us-east-1'>"
    assert "secret" not in repr(client.config) + client.config.explain()


@pytest.mark.parametrize(
    "again",
    [lambda client: pickle.loads(pickle.dumps(client)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
def test_a_copy_has_the_settings_and_none_of_the_connections(face, again):
    options: dict[str, Any] = {
        "endpoint_url": "https://example.com",
        "timeout": wrapper.Timeout(read=7),
        "retries": RetryPolicy(max_attempts=7),
        "max_connections": 7,
        "app_id": "seven",
    }
    client = face.make(**options)
    other = again(client)
    assert type(other) is type(client)
    assert repr(other) == repr(client)
    assert other.config == client.config
    assert other._settings.timeout == wrapper.Timeout(read=7)
    assert other._settings.retries.policy == RetryPolicy(max_attempts=7)
    assert other._settings.retries.quota is not client._settings.retries.quota
    assert other._max_connections == 7
    assert other.config.app_id == "seven"
    assert other._settings.clock_offset is not client._settings.clock_offset


def test_what_cannot_be_pickled_says_so(face):
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(face.make(verify=ssl.create_default_context()))


def test_a_closed_client_refuses_calls_and_may_be_closed_again(face):
    async def script() -> None:
        client = face.make(transport=Recorder())
        for _ in range(2):
            await finished(client.close())
        for operation in OPERATIONS:
            with pytest.raises(SageMakerRuntimeError, match="the client is closed"):
                await finished(getattr(client, operation)("e", body=b""))

    asyncio.run(script())


def test_the_block_closes_the_transport(face):
    class Closable(Recorder):
        closed = 0

        def close(self) -> None:
            self.closed += 1

        async def aclose(self) -> None:
            self.closed += 1

    through = Closable()
    face.call({"transport": through}, "invoke_endpoint", "e", b"")
    assert through.closed == 1
    through = Closable()
    with pytest.raises(wrapper.ParameterError):
        face.call({"transport": through}, "invoke_endpoint", "", b"")


def test_an_async_client_has_both_names_of_closing():
    async def script() -> None:
        client = Face(is_async=True).make(transport=Recorder())
        await client.invoke_endpoint("e", b"")
        await client.aclose()
        with pytest.raises(SageMakerRuntimeError, match="closed"):
            await client.invoke_endpoint("e", b"")

    asyncio.run(script())


def test_threads_that_begin_together_share_one_engine():
    made = []

    class Counting(Recorder):
        pass

    client = Face(is_async=False).make(transport=Counting())
    make = client._engine_settings
    client._engine_settings = lambda: made.append(1) or make()
    barrier = threading.Barrier(16)

    def call() -> None:
        barrier.wait()
        client.invoke_endpoint("e", b"")

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


class TestHabits:
    """What users of other libraries type first gives a plain answer."""

    def test_boto3s_spelling_of_parameters(self, face):
        with pytest.raises(TypeError, match="unexpected keyword argument 'EndpointName'"):
            face.make().invoke_endpoint(EndpointName="e", Body=b"")

    def test_boto3s_spelling_of_the_region(self, face):
        with pytest.raises(TypeError, match=r"Client\(\) has no region_name=: it is region= here"):
            face.make(region_name="us-east-1")
        with pytest.raises(TypeError, match=r"aws_access_key_id=: give credentials=wrapper.Cred"):
            face.make(aws_access_key_id="AKID")
        with pytest.raises(TypeError, match="unexpected keyword argument 'no_such'"):
            face.make(no_such=1)

    def test_boto3s_name_of_the_service(self, face):
        with pytest.raises(wrapper.ConfigurationError, match="the first argument is the region"):
            face.make(region="sagemaker-runtime")

    def test_no_retries_by_the_number_that_boto3_has_for_it(self, face):
        with pytest.raises(wrapper.ConfigurationError, match="at least 1, which turns retries off"):
            face.make(retries=0)

    def test_a_closed_client(self, face):
        async def script() -> None:
            client = face.make()
            await finished(client.close())
            with pytest.raises(wrapper.SageMakerRuntimeError, match="the client is closed"):
                client.with_options(timeout=1)
            with pytest.raises(wrapper.SageMakerRuntimeError, match="the client is closed"):
                await (
                    client.__aenter__() if face.is_async else asyncio.to_thread(client.__enter__)
                )

        asyncio.run(script())

    def test_a_coroutine_function_that_gives_credentials_to_a_synchronous_client(self):
        async def find() -> wrapper.Credentials:
            raise AssertionError

        with pytest.raises(wrapper.ConfigurationError, match="use AsyncSageMakerRuntimeClient"):
            Face(is_async=False).make(credentials=find)
        Face(is_async=True).make(credentials=find)

    def test_a_client_of_the_other_kind_in_the_wrong_block(self):
        with pytest.raises((TypeError, AttributeError)), Face(is_async=True).make():
            pass

        async def block() -> None:
            async with Face(is_async=False).make():
                pass

        with pytest.raises((TypeError, AttributeError)):
            asyncio.run(block())

    def test_swapped_arguments(self, face):
        with pytest.raises(wrapper.ParameterError, match="endpoint_name: "):
            face.call({}, "invoke_endpoint", {"a": 1}, "churn")

    def test_an_arn_or_a_url_as_the_name(self, face):
        for name in (
            "arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn",
            "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/churn/invocations",
        ):
            with pytest.raises(wrapper.ParameterError, match="endpoint_name: "):
                face.call({}, "invoke_endpoint", name, b"")

    def test_a_number_of_seconds_as_a_text(self, face):
        with pytest.raises(wrapper.ParameterError, match="timeout: '5' is not"):
            face.call({}, "invoke_endpoint", "e", b"", timeout="5")
