"""TLS: what is trusted, and what is said of what is not."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from tests.faces import ASYNC, SYNC, Face
from tests.faults.catalogue import End, Fault, When, error
from tests.faults.proxy import FaultProxy
from wrapper import (
    ConfigurationError,
    ConnectError,
    ConnectTimeoutError,
    ProtocolError,
    SageMakerRuntimeError,
    ServiceError,
    Timeout,
)

BODY = b"payload"
faces = pytest.mark.parametrize("face", [SYNC, ASYNC], ids=["sync", "async"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def server_context(authority: trustme.CA, *names: str, **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


@contextlib.contextmanager
def server(context: ssl.SSLContext) -> Iterator[FaultProxy]:
    with FaultProxy(tls=context) as proxy:
        yield proxy
        assert proxy.errors == []


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA) -> Iterator[FaultProxy]:
    with server(server_context(authority, "127.0.0.1", "localhost")) as proxy:
        yield proxy


def call(face: Face, proxy: FaultProxy, **options: Any) -> Any:
    chosen = {"endpoint_url": proxy.url, "timeout": 5.0, "retries": 1, **options}
    return face.call(chosen, "invoke_endpoint", "echo", BODY)


def refusal(face: Face, proxy: FaultProxy, **options: Any) -> SageMakerRuntimeError:
    with pytest.raises(SageMakerRuntimeError) as caught:
        call(face, proxy, **options)
    assert proxy.seen == []  # nothing of the request, its signature included, left
    return caught.value


def httpx_transport(face: Face, verify: Any) -> Any:
    kind = httpx.AsyncHTTPTransport if face.is_async else httpx.HTTPTransport
    return kind(verify=verify)


# What is trusted


def test_a_bundle_of_ones_own_is_trusted(face, trusted, bundle):
    assert call(face, trusted, verify=str(bundle)).body == BODY


def test_a_bundle_is_found_in_the_environment(face, trusted, bundle, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    assert call(face, trusted).body == BODY


def test_a_bundle_is_found_in_the_profile(face, trusted, bundle, monkeypatch, tmp_path):
    config = tmp_path / "config"
    config.write_text(f"[profile private]\nca_bundle = {bundle}\n", "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert call(face, trusted, profile="private").body == BODY


def test_an_ssl_context_is_taken_as_it_is(face, trusted, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    assert call(face, trusted, verify=context).body == BODY


def test_a_client_certificate_goes_with_a_context(face, authority):
    theirs = server_context(authority, "127.0.0.1")
    theirs.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(theirs)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(ours)
    authority.issue_cert("client@example.com").configure_cert(ours)
    with server(theirs) as proxy:
        assert call(face, proxy, verify=ours).body == BODY


def test_without_verification_anything_is_taken(face, trusted):
    assert call(face, trusted, verify=False).body == BODY


def test_a_stream_comes_over_tls_too(face, trusted, bundle):
    options = {"endpoint_url": trusted.url, "verify": str(bundle)}
    parts, failure = face.read(options, body=BODY * 10_000)
    assert (b"".join(parts), failure) == (BODY * 10_000, None)


# What is not


@pytest.mark.parametrize("engine", ["own", "httpx"])
def test_an_unknown_authority_is_refused_with_what_to_do(face, authority, engine):
    with server(server_context(authority, "127.0.0.1")) as proxy:
        extra = {} if engine == "own" else {"transport": httpx_transport(face, verify=True)}
        failure = refusal(face, proxy, **extra)
    assert type(failure) is ConnectError
    assert failure.possibly_processed is False
    said = str(failure).lower()
    assert "unable to get local issuer certificate" in said
    if engine == "own":
        assert str(failure) == (
            f"no connection to 127.0.0.1:{proxy.port}: its certificate is refused: unable to get "
            "local issuer certificate; for a private authority pass verify= or set AWS_CA_BUNDLE"
        )


def test_another_hosts_certificate_is_refused(face, authority, bundle):
    with server(server_context(authority, "other.example.com")) as proxy:
        failure = refusal(face, proxy, verify=str(bundle))
        assert type(failure) is ConnectError
        assert "its certificate is refused: IP address mismatch" in str(failure)
        by_name = refusal(
            face, proxy, verify=str(bundle), endpoint_url=f"https://localhost:{proxy.port}"
        )
    assert type(by_name) is ConnectError
    assert "its certificate is refused: Hostname mismatch" in str(by_name)
    assert "'localhost'" in str(by_name)


def test_an_expired_certificate_is_refused(face, authority, bundle):
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    context = server_context(authority, "127.0.0.1", not_after=yesterday)
    with server(context) as proxy:
        failure = refusal(face, proxy, verify=str(bundle))
    assert type(failure) is ConnectError
    assert "its certificate is refused: certificate has expired" in str(failure)


def test_a_certificate_of_another_authority_is_refused(face, bundle):
    with server(server_context(trustme.CA(), "127.0.0.1")) as proxy:
        failure = refusal(face, proxy, verify=str(bundle))
    assert type(failure) is ConnectError
    assert "its certificate is refused" in str(failure)


def test_a_refused_certificate_is_not_tried_without_limit(face, authority, monkeypatch):
    monkeypatch.setattr("wrapper._base_client._jitter", lambda: 0.0)
    with server(server_context(authority, "127.0.0.1")) as proxy:
        failure = refusal(face, proxy, retries=3)
        assert failure.attempts == 3
        assert proxy.connections == 3


@pytest.mark.parametrize(
    ("content", "said"), [(None, "does not exist"), ("no certificate", "is not a readable bundle")]
)
def test_a_bundle_that_is_none_is_said_so(face, trusted, tmp_path, content, said):
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError, match=said) as caught:
        call(face, trusted, verify=str(path))
    assert caught.value.setting == "verify"
    assert str(path) in str(caught.value)


def test_old_tls_is_refused(face, authority, bundle):
    context = server_context(authority, "127.0.0.1")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with server(context) as proxy:
        assert call(face, proxy, verify=str(bundle)).body == BODY  # 1.2 is the oldest
    assert ssl.create_default_context().minimum_version >= ssl.TLSVersion.TLSv1_2


# TLS that fails


HELLO = b"\x15\x03\x03\x00\x02\x02\x28"  # an alert: fatal, handshake_failure (RFC 8446, section 6)
TLS_FAULTS = {
    "no TLS at all": Fault("", When.ACCEPT, End.CLOSE, lambda _: [b"HTTP/1.1 400 Bad\r\n\r\n"]),
    "an alert": Fault("", When.ACCEPT, End.CLOSE, lambda _: [HELLO]),
    "closed in the handshake": Fault("", When.ACCEPT, End.CLOSE),
    "reset in the handshake": Fault("", When.ACCEPT, End.RESET, lambda _: [0.02]),
    "garbage": Fault("", When.ACCEPT, End.CLOSE, lambda _: [bytes(range(255))]),
    "half a hello": Fault("", When.ACCEPT, End.CLOSE, lambda _: [b"\x16\x03\x03\x10\x00\x02"]),
}


@pytest.mark.parametrize("name", TLS_FAULTS)
def test_tls_that_fails_is_a_connect_error(face, authority, bundle, name):
    with server(server_context(authority, "127.0.0.1")) as proxy:
        proxy.plan(TLS_FAULTS[name])
        failure = refusal(face, proxy, verify=str(bundle))
        assert type(failure) is ConnectError, repr(failure)
        assert failure.possibly_processed is False
        assert str(failure).startswith(f"no connection to 127.0.0.1:{proxy.port}: ")
        assert "\n" not in str(failure)
        assert call(face, proxy, verify=str(bundle)).body == BODY


def test_a_silent_handshake_ends_with_the_connect_timeout(face, authority, bundle):
    with server(server_context(authority, "127.0.0.1")) as proxy:
        proxy.plan(Fault("silence", When.ACCEPT, End.SILENCE))
        failure = refusal(face, proxy, verify=str(bundle), timeout=Timeout(connect=0.2))
    assert type(failure) is ConnectTimeoutError


@pytest.mark.parametrize("size", [0, 100])
def test_tls_cut_without_its_own_end_is_no_end_of_an_answer(face, authority, bundle, size):
    """Else whoever cuts the connection could shorten an answer that ends with it."""

    def cut(_: bytes) -> list[bytes]:
        return [b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * size]

    with server(server_context(authority, "127.0.0.1")) as proxy:
        proxy.plan(Fault("cut", When.ANSWER, End.CUT, cut))
        with pytest.raises(ProtocolError):
            call(face, proxy, verify=str(bundle))


# Redirects, and plain HTTP


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_or_scheme_is_not_followed(face, trusted, bundle, status):
    with FaultProxy() as elsewhere:
        trusted.forget()
        trusted.plan(error(status, headers=[("Location", f"{elsewhere.url}/endpoints")]))
        with pytest.raises(ServiceError) as caught:
            call(face, trusted, verify=str(bundle))
        assert caught.value.status_code == status
        assert elsewhere.connections == 0
        assert len(trusted.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://10.0.0.1:8080",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0:8080",
        "http://[::2]:80",
        "HTTP://runtime.sagemaker.us-east-1.amazonaws.com",
    ],
)
def test_plain_http_is_refused_beyond_this_machine_unless_asked_for_by_name(face, url):
    with pytest.raises(ConfigurationError, match="allow_insecure_http=True") as caught:
        face.make(endpoint_url=url)
    assert caught.value.setting == "endpoint_url"
    face.make(endpoint_url=url, allow_insecure_http=True)


@pytest.mark.parametrize(
    "url", ["http://localhost:80", "http://127.0.0.1", "http://127.8.9.1:1", "http://[::1]:8080"]
)
def test_plain_http_to_this_machine_is_allowed(face, url):
    assert face.make(endpoint_url=url) is not None


def test_plain_http_in_the_environment_is_refused_too(face, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "http://example.com")
    with pytest.raises(ConfigurationError, match="allow_insecure_http=True"):
        face.make()
