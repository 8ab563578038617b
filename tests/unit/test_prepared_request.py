"""What is filled into a prepared request: signed as any other, and shown nowhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper import Credentials, CredentialsError, Timeout, sigv4
from wrapper._endpoints import resolve_endpoint
from wrapper._http import Request
from wrapper._operations import WireRequest
from wrapper._prepared_request import BLANK, PreparedRequest
from wrapper._retry import ATTEMPT_HEADERS

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WIRE = WireRequest("POST", "/endpoints/e/invocations", {"Content-Type": "text/csv", "X-A": "1"})
ATTEMPT = ("an-id", "attempt=1; max=3")


def signed(
    url: str | None = None,
    token: str | None = None,
    wire: WireRequest = WIRE,
    body: bytes = b"1,2",
    attempt: tuple[str, str] = ATTEMPT,
) -> Request:
    prepared = PreparedRequest(wire, resolve_endpoint("eu-west-1", endpoint_url=url), "agent/1")
    return sign(prepared, token, body, attempt)


def sign(
    prepared: PreparedRequest,
    token: str | None = None,
    body: bytes = b"1,2",
    attempt: tuple[str, str] = ATTEMPT,
    now: datetime = NOW,
    blanks: tuple[str, ...] = (),
) -> Request:
    return prepared.sign(
        attempt,
        blanks,
        body,
        sha256(body).hexdigest(),
        credentials=Credentials("AKID", "canary-secret", token),
        now=now,
        timeout=Timeout(),
    )


def expected_of(
    url: str,
    token: str | None,
    wire: WireRequest,
    body: bytes,
    attempt: tuple[str, str],
    now: datetime = NOW,
) -> dict[str, str]:
    """The headers that the general function would add."""
    return sigv4.sign_request(
        "POST",
        url,
        [*wire.headers.items(), *zip(ATTEMPT_HEADERS, attempt, strict=True)],
        body,
        credentials=Credentials("AKID", "canary-secret", token),
        region="eu-west-1",
        now=now,
    )


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        (None, "runtime.sagemaker.eu-west-1.amazonaws.com", "/endpoints/e/invocations"),
        ("https://vpce-1.example.com/", "vpce-1.example.com", "/endpoints/e/invocations"),
        ("http://localhost:8080/a%20b/", "localhost:8080", "/a%20b/endpoints/e/invocations"),
        ("http://[::1]:80/x", "[::1]", "/x/endpoints/e/invocations"),
        ("https://EXAMPLE.com:443", "example.com", "/endpoints/e/invocations"),
    ],
)
def test_a_request_is_signed_as_it_is_sent(url, host, target):
    request = signed(url)
    headers = dict(request.headers)
    assert len(headers) == len(request.headers)
    assert request.method == "POST"
    assert request.target == target
    assert request.head.startswith(f"POST {target} HTTP/1.1\r\n".encode())
    assert request.body == b"1,2"
    assert headers["Host"] == host
    scheme = "http" if url and url.startswith("http:") else "https"
    expected = expected_of(f"{scheme}://{host}{target}", None, WIRE, b"1,2", ATTEMPT)
    assert {name: headers[name] for name in expected} == expected
    assert set(headers) - set(expected) == {
        *("Content-Type", "X-A", "Host", "User-Agent", "Accept-Encoding", *ATTEMPT_HEADERS),
    }


# As the rules let them through: printable ASCII that neither begins nor ends with a space.
printable = st.sampled_from([chr(code) for code in range(0x20, 0x7F)])
pieces = printable | st.sampled_from(["%s", "%%", "%(a)s", "{}", "  ", "\t"])
values = st.lists(pieces, max_size=12).map(lambda found: "".join(found).strip())
names = st.sampled_from(["Content-Type", "Accept", "X-Amzn-SageMaker-Target-Variant", "A", "X-Z"])
blank_names = st.sampled_from(
    ["X-Amzn-SageMaker-Inference-Id", "X-Amzn-SageMaker-Custom-Attributes", "x-amzn-zz", "Y"]
)


@settings(max_examples=500)
@given(
    headers=st.dictionaries(names, values),
    blank=st.dictionaries(blank_names, values),
    path=st.sampled_from(["", "/a%20b", "/50%25", "/a//b"]),
    token=st.none() | st.text("abc/+=%", min_size=1, max_size=8),
    bodies=st.lists(st.binary(max_size=8), min_size=1, max_size=3),
    attempt=st.tuples(
        st.text("abc-%", min_size=1, max_size=8), st.sampled_from(["a=1; b=2", "%", "%s"])
    ),
    seconds=st.lists(st.integers(0, 200_000), min_size=3, max_size=3),
)
def test_each_of_several_requests_is_signed_as_the_general_function_does(
    headers, blank, path, token, bodies, attempt, seconds
):
    wire = WireRequest("POST", "/endpoints/e/invocations", headers | blank)
    url = f"https://example.com{path}"
    endpoint = resolve_endpoint("eu-west-1", endpoint_url=url)
    with_blanks = WireRequest(wire.method, wire.path, headers | dict.fromkeys(blank, BLANK))
    prepared = PreparedRequest(with_blanks, endpoint, "a%s/1")
    blanks = tuple(blank[name] for name in sorted(blank, key=str.lower))
    for body, later in zip(bodies, seconds, strict=False):
        now = NOW + timedelta(seconds=later)  # of another day, perhaps: another key
        for each in (token, None):  # another signer
            request = sign(prepared, each, body, attempt, now, blanks)
            sent = dict(request.headers)
            expected = expected_of(f"{url}{wire.path}", each, wire, body, attempt, now)
            assert {name: sent.get(name) for name in expected} == expected
            assert ("X-Amz-Security-Token" in sent) == (each is not None)
            assert {name: sent[name] for name in wire.headers} == wire.headers
            assert tuple(sent[name] for name in ATTEMPT_HEADERS) == attempt
            assert sent["User-Agent"] == "a%s/1"
            assert request.head.count(b"\n") == request.head.count(b"\r") == len(request.headers)
            assert b"\0" not in request.head


def test_what_may_change_on_the_way_is_not_signed():
    names = re.search("SignedHeaders=([^,]*)", dict(signed().headers)["Authorization"])
    assert names is not None
    assert names[1] == ("amz-sdk-invocation-id;amz-sdk-request;content-type;host;x-a;x-amz-date")


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_not_sent(token):
    assert "X-Amz-Security-Token" not in dict(signed(token=token).headers)


def test_a_session_token_is_sent_and_signed():
    headers = dict(signed(token="canary-token").headers)
    assert headers["X-Amz-Security-Token"] == "canary-token"
    assert "x-amz-security-token" in headers["Authorization"]


def test_a_token_that_would_begin_another_line_is_refused():
    with pytest.raises(CredentialsError, match="session_token"):
        signed(token="a\r\nX-Injected: 1")


def test_the_bytes_are_asked_for_as_they_are():
    assert dict(signed().headers)["Accept-Encoding"] == "identity"


def test_a_request_shows_nothing_secret():
    prepared = PreparedRequest(WIRE, resolve_endpoint("eu-west-1"), "agent/1")
    shown = repr(sign(prepared, "canary-token"))
    assert shown == "<Request POST /endpoints/e/invocations, 3 bytes>"
    shown = repr((prepared, prepared._form))
    assert "canary" not in shown
    assert "AKID" in shown
