"""Sending through a transport of httpx's: what it is handed, and what its failures become."""

from __future__ import annotations

import asyncio
import pickle
import socket
import ssl

import httpx
import pytest

import wrapper
from tests.faces import Pieces, Recorder
from wrapper import ConfigurationError, TransportError
from wrapper._engine.httpx_engine import EngineSettings

INVOKE = "invoke_endpoint"
STREAM = "invoke_endpoint_with_response_stream"

FAILURES = [
    (httpx.ConnectTimeout("x"), wrapper.ConnectTimeoutError, "no connection to {} within 5.0 s"),
    (httpx.ReadTimeout("x"), wrapper.ReadTimeoutError, "{} sent nothing for 70.0 s; the model may"),
    (httpx.WriteTimeout("x"), wrapper.WriteTimeoutError, "{} took nothing for 70.0 s"),
    (httpx.PoolTimeout("x"), wrapper.PoolTimeoutError, "no connection became free within 70.0 s"),
    (httpx.ConnectError("x"), wrapper.ConnectError, "no connection to {}"),
    (httpx.ProxyError("x"), wrapper.ConnectError, "no connection to {}"),
    (httpx.ReadError("x"), wrapper.ProtocolError, "the exchange with {} broke"),
    (httpx.WriteError("x"), wrapper.ProtocolError, "the exchange with {} broke"),
    (httpx.CloseError("x"), wrapper.ProtocolError, "the exchange with {} broke"),
    (httpx.RemoteProtocolError("x"), wrapper.ProtocolError, "the exchange with {} broke"),
    (httpx.LocalProtocolError("x"), wrapper.ProtocolError, "the exchange with {} broke"),
    (httpx.UnsupportedProtocol("x"), wrapper.ProtocolError, "the exchange with {} broke"),
    (httpx.StreamConsumed(), wrapper.ProtocolError, "the exchange with {} broke"),
]
each_failure = pytest.mark.parametrize(
    ("raised", "kind", "said"), FAILURES, ids=lambda value: type(value).__name__
)
HOST = "runtime.sagemaker.us-east-1.amazonaws.com"


def failing(error: Exception) -> httpx.MockTransport:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(fail)


@each_failure
@pytest.mark.parametrize("operation", [INVOKE, STREAM])
def test_a_failure_before_the_answer_is_typed(face, operation, raised, kind, said):
    with pytest.raises(TransportError) as caught:
        face.call({"transport": failing(raised)}, operation, "e", b"")
    error = caught.value
    assert type(error) is kind
    assert str(error).startswith(said.format(HOST))
    assert error.__cause__ is raised
    assert error.attempts == 1
    assert error.possibly_processed is kind._possibly_processed
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


@each_failure
@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("operation", [INVOKE, STREAM])
def test_a_failure_inside_the_answer_is_typed_and_closes_it(
    face, operation, status, raised, kind, said
):
    if operation == STREAM and status == 200:
        return  # test_streams.py
    body = Pieces([b"the beginning"], raised)
    with pytest.raises(TransportError) as caught:
        face.call({"transport": Recorder(status, stream=lambda: body)}, operation, "e", b"")
    assert type(caught.value) is kind
    assert body.is_closed


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), RuntimeError("x")])
def test_what_is_no_failure_of_the_exchange_passes_as_it_is(face, error):
    with pytest.raises(type(error)) as caught:
        face.call({"transport": failing(error)}, INVOKE, "e", b"")
    assert caught.value is error


@pytest.mark.parametrize("content", [b"whole", b""])
def test_an_answer_that_is_read_already_is_as_good_as_one_that_is_to_come(face, content):
    def answer(request: httpx.Request) -> httpx.Response:
        response = httpx.Response(200, content=content)
        assert response.is_stream_consumed
        return response

    through = httpx.MockTransport(answer)
    assert face.call({"transport": through}, INVOKE, "e", b"").body == content
    assert face.read({"transport": through})[0] == []


def test_the_bytes_are_handed_on_as_they_are(face):
    """Neither decompressed nor decoded: the model's content encoding is the caller's business."""
    through = Recorder(
        200, {"content-encoding": "gzip"}, stream=lambda: Pieces([b"\x1f\x8b not", b" gzip"])
    )
    output = face.call({"transport": through}, INVOKE, "e", b"")
    assert output.body == b"\x1f\x8b not gzip"
    assert output.headers["content-encoding"] == "gzip"
    assert through.last.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(face, status):
    through = Recorder(status, {"location": "https://elsewhere.example.com/"})
    with pytest.raises(wrapper.ServiceError) as caught:
        face.call({"transport": through}, INVOKE, "e", b"")
    assert caught.value.status_code == status
    assert len(through.requests) == 1


def test_cookies_are_not_sent_back(face):
    through = Recorder(200, {"set-cookie": "a=b; Path=/"})

    async def twice() -> None:
        if face.is_async:
            async with face.make(transport=through) as client:
                await client.invoke_endpoint("e", b"")
                await client.invoke_endpoint("e", b"")
        else:
            with face.make(transport=through) as client:
                client.invoke_endpoint("e", b"")
                client.invoke_endpoint("e", b"")

    asyncio.run(twice())
    assert len(through.requests) == 2
    assert "cookie" not in through.last.headers


def test_the_path_is_sent_as_it_was_signed(face):
    through = Recorder()
    url = "http://localhost:8080/a'(b)%2Fc;d=e&f"
    face.call({"transport": through, "endpoint_url": url}, INVOKE, "e", b"")
    target = through.last.extensions["target"]
    assert target == b"/a'(b)%2Fc;d=e&f/endpoints/e/invocations"
    assert through.last.url.host == "localhost"
    assert through.last.headers["host"] == "localhost:8080"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_of_the_environment_does_not_come_before_a_given_transport(
    face, monkeypatch, variable
):
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    through = Recorder(content=b"from the transport")
    assert face.call({"transport": through}, INVOKE, "e", b"").body == b"from the transport"


@pytest.mark.parametrize("is_file", [True, False])
def test_a_bundle_without_certificates_is_named(face, tmp_path, is_file):
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("no certificate" if is_file else "")
    with pytest.raises(ConfigurationError, match="bundle of PEM certificates") as caught:
        face.call({"verify": str(bundle), "endpoint_url": "https://localhost:1"}, INVOKE, "e", b"")
    assert caught.value.setting == "verify"


@pytest.mark.parametrize("verify", [True, False, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)])
def test_every_kind_of_verify_is_taken(face, verify):
    with pytest.raises(wrapper.ConnectError):
        face.call({"verify": verify, "endpoint_url": "https://127.0.0.1:1"}, INVOKE, "e", b"")


def test_a_connection_that_is_refused_is_typed(face):
    with pytest.raises(wrapper.ConnectError, match=r"^no connection to 127\.0\.0\.1:1") as caught:
        face.call({"endpoint_url": "http://127.0.0.1:1"}, INVOKE, "e", b"")
    assert not caught.value.possibly_processed


def test_a_host_that_does_not_exist_is_typed(face, monkeypatch):
    def unknown(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(wrapper.ConnectError):
        face.call({"endpoint_url": "https://no-such-host.invalid"}, INVOKE, "e", b"")


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("ftp://user:canary@localhost", "http://, https://, socks5:// or socks5h://"),
        ("http://user:canary@a\r\nb", "a host and a port"),
        ("http://user:canary@localhost:x", "a host and a port"),
        ("http://user:canary@localhost:x", r"the proxy 'http://\*\*\*@localhost:x' cannot"),
        ("http://user:can/canary@localhost:1", "a host and a port"),
        ("socks5://user:canary@localhost:1", "socksio"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_matter_of_configuration(face, proxy, said):
    with pytest.raises(ConfigurationError, match=said) as caught:
        face.call({"proxy": proxy}, INVOKE, "e", b"")
    assert caught.value.setting == "proxy"
    assert "canary" not in str(caught.value)


def test_a_proxy_that_fails_is_named_without_its_password(face):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    proxy = f"http://user:canary@127.0.0.1:{port}"
    with pytest.raises(wrapper.ConnectError) as caught:
        face.call({"proxy": proxy}, INVOKE, "e", b"")
    assert str(caught.value).endswith(f"; through the proxy http://***@127.0.0.1:{port}")
    assert str(caught.value).startswith(f"no connection to {HOST}: ")


def test_no_certificates_are_read_where_no_tls_is_spoken(monkeypatch):
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("certificates were read")

    monkeypatch.setattr(ssl, "create_default_context", refuse)
    settings = EngineSettings(verify=True, is_tls=False, proxy=None, max_connections=1)
    arguments = settings.arguments(None)
    assert isinstance(arguments["verify"], ssl.SSLContext)
    assert "verify" not in settings.arguments(Recorder())
