"""`SigV4Auth` on httpx clients with a mock transport; the real connection is in `oracle/`."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import pickle
from datetime import UTC, datetime, timedelta

import boto3
import httpx
import pytest

from wrapper import sigv4
from wrapper._auth import SigV4Auth
from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError, ParameterError
from wrapper.credentials import EnvironmentProvider

STATIC = Credentials("AKID", "hidden-secret")
FROM_ENVIRONMENT = Credentials("AKIDENV", "hidden")
TEMPORARY = Credentials("ASIA", "hidden-secret", "hidden-token")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
URL = "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations"


class Recorder:
    """A transport that keeps what it was sent."""

    def __init__(self):
        self.sent = []
        self.transport = httpx.MockTransport(self.handle)

    def handle(self, request):
        self.sent.append((request, list(request.headers.raw)))
        return httpx.Response(200)

    @property
    def last(self):
        return self.sent[-1][0]


@pytest.fixture
def recorder():
    return Recorder()


def at(moment):
    return lambda: moment


AT_NOW = at(NOW)


def auth(credentials=STATIC, service="sagemaker", clock=AT_NOW):
    return SigV4Auth(credentials, "us-east-1", service, clock=clock)


def expected(request, credentials=STATIC, service="sagemaker", now=NOW):
    """The headers for the request as it was sent."""
    return sigv4.sign_request(
        request.method,
        str(request.url),
        request.headers.multi_items(),
        request.content,
        credentials=credentials,
        region="us-east-1",
        service=service,
        now=now,
    )


def assert_signed(request, **options):
    for name, value in expected(request, **options).items():
        assert request.headers.get_list(name) == [value]


@pytest.mark.parametrize("service", ["sagemaker", "s3"])
@pytest.mark.parametrize("credentials", [STATIC, TEMPORARY], ids=["static", "temporary"])
def test_a_sync_client_sends_signed_requests(recorder, credentials, service):
    with httpx.Client(transport=recorder.transport, auth=auth(credentials, service)) as client:
        client.post(URL, content=b"body", headers=[("X-A", "1"), ("X-A", "2")])
    assert_signed(recorder.last, credentials=credentials, service=service)
    assert "content-type" not in recorder.last.headers
    signed = recorder.last.headers["Authorization"]
    assert "accept;accept-encoding;content-length;host;x-a;x-amz-" in signed
    assert "user-agent" not in signed


@pytest.mark.parametrize("awaitable", [False, True])
def test_an_async_client_sends_signed_requests(recorder, awaitable):
    async def provide_later():
        await asyncio.sleep(0)
        return TEMPORARY

    async def send():
        provider = provide_later if awaitable else lambda: TEMPORARY
        async with httpx.AsyncClient(transport=recorder.transport, auth=auth(provider)) as client:
            await client.post(URL, json={"a": 1})

    asyncio.run(send())
    assert_signed(recorder.last, credentials=TEMPORARY)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://H.example:443/a", "h.example", "/a"),
        ("http://h.example:8080", "h.example:8080", "/"),
        ("http://h.example/a%2Fb//c d/é?q=a b&q=%2B&e#part", "h.example", None),
        ("http://[fd00::1]:81/?a=1", "[fd00::1]:81", "/?a=1"),
    ],
)
def test_the_target_and_host_that_httpx_sends_are_signed(recorder, url, host, target):
    with httpx.Client(transport=recorder.transport, auth=auth()) as client:
        client.get(url)
    path, _, query = recorder.last.url.raw_path.decode().partition("?")
    if target:
        assert recorder.last.url.raw_path.decode() == target
    headers = [
        pair
        for pair in recorder.last.headers.multi_items()
        if pair[0] not in {"host", "x-amz-date"}
    ]
    canonical = sigv4.canonical_request(
        "GET",
        path,
        query,
        [*headers, ("host", host), ("x-amz-date", "20260102T030405Z")],
        sigv4.EMPTY_PAYLOAD_HASH,
        service="sagemaker",
    )
    scope = "20260102/us-east-1/sagemaker/aws4_request"
    text = sigv4.string_to_sign(canonical, amz_date="20260102T030405Z", scope=scope)
    key = sigv4.signing_key(
        "hidden-secret", date="20260102", region="us-east-1", service="sagemaker"
    )
    assert recorder.last.headers["Authorization"].endswith(sigv4.signature(key, text))


def test_the_host_that_a_request_names_itself_is_signed(recorder):
    with httpx.Client(transport=recorder.transport, auth=auth()) as client:
        client.get("http://127.0.0.1:1234/", headers={"Host": "h.example:443"})
        named = recorder.last.headers["Authorization"]
        client.get("http://127.0.0.1:1234/")
    assert recorder.last.headers["Authorization"] != named


def test_a_request_built_without_a_host_gets_the_one_it_is_signed_for(recorder):
    request = httpx.Request("GET", "http://h.example:81/", stream=httpx.ByteStream(b""))
    with httpx.Client(transport=recorder.transport, auth=auth()) as client:
        client.send(request)
    assert recorder.last.headers["Host"] == "h.example:81"
    assert_signed(recorder.last)


def test_a_request_sent_again_is_signed_anew(recorder):
    moments = iter([NOW, NOW + timedelta(minutes=6), NOW + timedelta(minutes=12)])
    people = iter([TEMPORARY, TEMPORARY, STATIC])
    signing = auth(lambda: next(people), "s3", clock=lambda: next(moments))
    with httpx.Client(transport=recorder.transport, auth=signing) as client:
        request = client.build_request("PUT", URL, content=b"body")
        for _ in range(3):
            client.send(request)
    assert_signed(request, service="s3", now=NOW + timedelta(minutes=12))
    assert "X-Amz-Security-Token" not in request.headers
    dates = [[v for k, v in raw if k.lower() == b"x-amz-date"] for _, raw in recorder.sent]
    assert dates == [[b"20260102T030405Z"], [b"20260102T031005Z"], [b"20260102T031605Z"]]
    authorizations = [[v for k, v in raw if k == b"Authorization"] for _, raw in recorder.sent]
    assert [len(values) for values in authorizations] == [1, 1, 1]
    assert len({values[0] for values in authorizations}) == 3


def test_a_body_without_a_length_is_sent_with_one(recorder):
    def pieces():
        yield b"one "
        yield b"two"

    with httpx.Client(transport=recorder.transport, auth=auth(service="s3")) as client:
        client.put(URL, content=pieces())
    assert recorder.last.headers["Content-Length"] == "7"
    assert "Transfer-Encoding" not in recorder.last.headers
    assert recorder.last.headers["X-Amz-Content-Sha256"] == hashlib.sha256(b"one two").hexdigest()
    assert_signed(recorder.last, service="s3")


def test_an_unsigned_body_is_not_read_to_be_signed():
    taken = []

    def pieces():
        for piece in (b"one ", b"two"):
            taken.append(piece)
            yield piece

    class Transport(httpx.BaseTransport):
        def handle_request(self, request):
            assert taken == []
            assert request.headers["X-Amz-Content-Sha256"] == "UNSIGNED-PAYLOAD"
            assert request.headers["Transfer-Encoding"] == "chunked"
            request.read()
            assert_signed(request, service="s3")
            return httpx.Response(200)

    headers = {"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}
    with httpx.Client(transport=Transport(), auth=auth(service="s3")) as client:
        client.put(URL, content=pieces(), headers=headers)
    assert taken == [b"one ", b"two"]


@pytest.mark.parametrize("value", ["é".encode(), "é".encode("latin-1"), b"\xff  \xfe"])
def test_the_very_bytes_of_a_header_are_signed(recorder, value):
    with httpx.Client(transport=recorder.transport, auth=auth()) as client:
        client.get("http://h.example/", headers=[(b"X-A", value)])
    (sent,) = (v for k, v in recorder.sent[-1][1] if k == b"X-A")
    assert sent == value
    signed = dict(recorder.last.headers.items())
    names = signed["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    lines = [
        name.encode()
        + b":"
        + (value.replace(b"  ", b" ") if name == "x-a" else signed[name].encode())
        for name in names.split(";")
    ]
    canonical = b"GET\n/\n\n" + b"\n".join(lines) + f"\n\n{names}\n".encode()
    digest = hashlib.sha256(canonical + sigv4.EMPTY_PAYLOAD_HASH.encode()).hexdigest()
    scope = "20260102/us-east-1/sagemaker/aws4_request"
    key = sigv4.signing_key(
        "hidden-secret", date="20260102", region="us-east-1", service="sagemaker"
    )
    text = f"AWS4-HMAC-SHA256\n20260102T030405Z\n{scope}\n{digest}"
    assert signed["authorization"].endswith(sigv4.signature(key, text))


def test_the_system_clock_is_used_unless_another_is_given(recorder):
    before = datetime.now(UTC).replace(microsecond=0)
    with httpx.Client(transport=recorder.transport, auth=SigV4Auth(STATIC, "us-east-1")) as client:
        client.get(URL)
    sent = datetime.strptime(recorder.last.headers["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
    assert before <= sent <= datetime.now(UTC)


def test_it_can_be_pickled_and_copied(recorder):
    original = SigV4Auth(TEMPORARY, "us-east-1", "s3")
    for other in (pickle.loads(pickle.dumps(original)), copy.deepcopy(original)):
        assert repr(other) == repr(original)
        with httpx.Client(transport=recorder.transport, auth=other) as client:
            client.get(URL)
        assert recorder.last.headers["X-Amz-Security-Token"] == "hidden-token"


def test_it_shows_no_secret():
    shown = repr(SigV4Auth(TEMPORARY, "us-east-1"))
    assert shown == "SigV4Auth(region='us-east-1', service='sagemaker')"


@pytest.mark.parametrize(
    "credentials",
    [None, EnvironmentProvider(), boto3.Session("AKIDENV", "hidden"), lambda: FROM_ENVIRONMENT],
    ids=["search", "provider", "session", "function"],
)
def test_credentials_may_be_given_in_all_the_ways_a_client_takes(
    recorder, monkeypatch, credentials
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    with httpx.Client(transport=recorder.transport, auth=auth(credentials)) as client:
        client.get(URL)
    assert_signed(recorder.last, credentials=FROM_ENVIRONMENT)

    async def send() -> None:
        async with httpx.AsyncClient(transport=recorder.transport, auth=auth(credentials)) as it:
            await it.get(URL)

    asyncio.run(send())
    assert_signed(recorder.last, credentials=FROM_ENVIRONMENT)


@pytest.mark.parametrize("credentials", ["AKID", ("AKID", "secret")])
def test_what_cannot_give_credentials_is_refused_at_once(credentials):
    with pytest.raises(ConfigurationError, match=r"accepted: wrapper\.Credentials") as caught:
        SigV4Auth(credentials, "us-east-1")
    assert caught.value.setting == "credentials"


def test_a_provider_that_gives_something_else_is_named(recorder):
    with (
        httpx.Client(transport=recorder.transport, auth=auth(lambda: None)) as client,
        pytest.raises(
            CredentialsError, match=r"returned NoneType; a function .* returns wrapper\.Credentials"
        ),
    ):
        client.get(URL)


def test_a_sync_client_cannot_wait_for_credentials(recorder):
    async def provide_later():
        return STATIC

    with (
        httpx.Client(transport=recorder.transport, auth=auth(provide_later)) as client,
        pytest.raises(CredentialsError, match="use an asynchronous client"),
    ):
        client.get(URL)
    assert recorder.sent == []


def test_what_the_provider_raises_reaches_the_caller(recorder):
    def expired():
        raise CredentialsError("expired")

    with (
        httpx.Client(transport=recorder.transport, auth=auth(expired)) as client,
        pytest.raises(CredentialsError, match="expired"),
    ):
        client.get(URL)


@pytest.mark.parametrize(
    ("options", "headers", "error"),
    [
        ({"credentials": Credentials("AKID", "hidden\n")}, {}, CredentialsError),
        ({"service": "sage maker"}, {}, ConfigurationError),
        ({"clock": at(NOW.replace(tzinfo=None))}, {}, ParameterError),
        ({}, {"X-A": "hid\nden"}, ParameterError),
        ({}, {"X A": "hidden"}, ParameterError),
    ],
)
def test_what_is_malformed_is_refused_and_not_sent(recorder, options, headers, error):
    with (
        httpx.Client(transport=recorder.transport, auth=auth(**options)) as client,
        pytest.raises(error) as caught,
    ):
        client.get(URL, headers=headers)
    assert "hid" not in str(caught.value)
    assert recorder.sent == []
