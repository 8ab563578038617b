"""Signature Version 4 beside botocore's: on generated requests, and over a real connection."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import botocore.auth
import botocore.credentials
import httpx
import pytest
from botocore.awsrequest import AWSRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper import sigv4
from wrapper._auth import SigV4Auth
from wrapper._credentials import Credentials

VECTORS = [
    pytest.param(suite, case, id=case["name"])
    for suite in json.loads(
        Path(__file__).parents[1].joinpath("unit/data/sigv4_vectors.json").read_text()
    )
    for case in suite["cases"]
    if "bare" not in case["name"]  # botocore signs no path but those it has encoded itself
]


def botocore_auth(kind, credentials, service, region, **options):
    keys = (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    return kind(botocore.credentials.Credentials(*keys), service, region, **options)


def aws_request(method, url, headers, body, **options):
    request = AWSRequest(method, url, data=body, **options)
    for name, value in headers:
        request.headers[name] = value  # appends, as an email message does
    return request


def at(now):
    """Botocore's clock stopped."""
    naive = now.replace(tzinfo=None)
    return mock.patch("botocore.auth.get_current_datetime", return_value=naive)


def botocore_signs(kind, request, **options):
    signed = aws_request(*(request[part] for part in ("method", "url", "headers", "body")))
    parts = (request[part] for part in ("credentials", "service", "region"))
    with at(request["now"]):
        botocore_auth(kind, *parts, **options).add_auth(signed)
    return signed


# Generated requests: any method, path, query, headers and body.

printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
credentials = st.builds(Credentials, visible, visible, st.none() | visible)
regions = st.sampled_from(["us-east-1", "cn-north-1", "eusc-de-east-1"])
instants = st.datetimes(
    datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2099-01-01"),
    timezones=st.just(UTC),
)  # fmt: skip
texts = st.text(st.sampled_from("abZ019-._~ %/+&=?#:;@!$'()*,é\u1234\U0001f600\0\n"), max_size=8)
segments = st.sampled_from(["", ".", "..", "a", "%2F", "%2e%2e"]) | texts.map(
    lambda text: quote(text, safe="~")
)
names = st.text(
    st.sampled_from("abcXYZ019-_.!#$%&'*+^`|~"), min_size=1, max_size=12
) | st.sampled_from(
    [
        *("User-Agent", "user-agent", "X-Amzn-Trace-Id", "Connection", "TE", "Expect", "baggage"),
        *("Content-Type", "content-type", "Accept", "X-Amz-Target", "Cookie", "x-a", "X-A", "x-A"),
    ]
)
values = st.text(printable | st.just("\t"), max_size=30) | st.sampled_from(["", " a  b\t c "])
services = st.sampled_from(["sagemaker", "sts", "execute-api"])


@st.composite
def requests(draw, service="any", presigned=False):
    host = draw(st.sampled_from(["h.example", "h.example:8443", "127.0.0.1:80", "[fd00::1]:443"]))
    scheme = draw(st.sampled_from(["https", "http"]))
    path = "/" + "/".join(draw(st.lists(segments, max_size=5)))
    if service == "s3":  # what botocore would not send itself, it does not sign as S3 does: below
        path = path.replace("%2F", "-").replace("%2e", "-")
    pairs = draw(st.lists(st.tuples(texts, texts), max_size=6))
    if presigned:
        pairs = dict(pairs).items()  # botocore drops a repeated name when it presigns: below
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    headers = draw(st.lists(st.tuples(names, values), max_size=8))
    if draw(st.booleans()):
        headers.append(("Host", draw(st.sampled_from(["other.example", "Other.example:443"]))))
    return {
        "method": draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "patch", "X-ANY"])),
        "url": f"{scheme}://{host}{path}" + (f"?{query}" if query else ""),
        "headers": headers,
        # botocore moves a body into the query when it presigns, and signs an empty one.
        "body": b"" if presigned else draw(st.binary(max_size=100)),
        "credentials": draw(credentials),
        "region": draw(regions),
        "now": draw(instants),
        "service": draw(services) if service == "any" else service,
    }


def check_header_form(request, kind):
    ours = sigv4.sign_request(**request)
    theirs = botocore_signs(kind, request).headers
    for name, value in ours.items():
        assert theirs.get_all(name) == [value]
    added = {"X-Amz-Date", "Authorization", "X-Amz-Security-Token", "X-Amz-Content-Sha256"}
    assert {name for name in added if name in theirs} == set(ours)


def check_presigned_form(request, kind, expires):
    ours = sigv4.presign_url(**request, expires=expires)
    assert ours == botocore_signs(kind, request, expires=expires).url


expiries = st.integers(1, 604_800)


@given(requests())
def test_the_header_form_is_botocores(request):
    check_header_form(request, botocore.auth.SigV4Auth)


@given(requests("s3"))
def test_the_header_form_for_s3_is_botocores(request):
    check_header_form(request, botocore.auth.S3SigV4Auth)


@given(requests(presigned=True), expiries)
def test_the_presigned_form_is_botocores(request, expires):
    check_presigned_form(request, botocore.auth.SigV4QueryAuth, expires)


@given(requests("s3", presigned=True), expiries)
def test_the_presigned_form_for_s3_is_botocores(request, expires):
    check_presigned_form(request, botocore.auth.S3SigV4QueryAuth, expires)


@pytest.mark.slow
@given(requests(), requests("s3"))
@settings(max_examples=2000)
def test_the_header_form_is_botocores_thousands_of_times(request, s3_request):
    check_header_form(request, botocore.auth.SigV4Auth)
    check_header_form(s3_request, botocore.auth.S3SigV4Auth)


@pytest.mark.slow
@given(requests(presigned=True), requests("s3", presigned=True), expiries)
@settings(max_examples=2000)
def test_the_presigned_form_is_botocores_thousands_of_times(request, s3_request, expires):
    check_presigned_form(request, botocore.auth.SigV4QueryAuth, expires)
    check_presigned_form(s3_request, botocore.auth.S3SigV4QueryAuth, expires)


@pytest.mark.parametrize(("suite", "case"), VECTORS)
def test_botocore_agrees_with_the_published_vectors(suite, case):
    """So that no wrong literal is among them."""
    kind = botocore.auth.S3SigV4Auth if suite["service"] == "s3" else botocore.auth.SigV4Auth
    now = datetime.fromisoformat(suite["now"])
    headers = [pair for pair in case["headers"] if pair[0] != "Date"]
    auth = botocore_auth(
        kind,
        Credentials(suite["access_key_id"], suite["secret_access_key"], case.get("session_token")),
        suite["service"],
        suite["region"],
    )
    request = aws_request(
        case["method"],
        f"https://{suite['host']}{case['path']}",
        headers,
        case["body"].encode(),
        params=parse_qsl(case["query"], keep_blank_values=True),
    )
    request.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
    auth._modify_request_before_signing(request)
    for name, value in case["headers"]:
        if name == "Date":  # botocore would leave out X-Amz-Date, which S3's example signs too
            request.headers[name] = value
    canonical = auth.canonical_request(request)
    assert auth.signed_headers(auth.headers_to_sign(request)) == case["signed_headers"]
    assert auth.signature(auth.string_to_sign(request, canonical), request) == case["signature"]


# Where botocore differs from what AWS documents and its services accept (docs/design/signing.md).

PLAIN = {
    "method": "GET",
    "url": "https://h.example/",
    "headers": [],
    "body": b"",
    "credentials": Credentials("AKID", "secret"),
    "region": "us-east-1",
    "service": "sagemaker",
    "now": datetime(2026, 1, 1, tzinfo=UTC),
}


def signatures(kind=botocore.auth.SigV4Auth, **changes):
    """Ours and botocore's of one request."""
    request = PLAIN | changes
    ours = sigv4.sign_request(**request)["Authorization"]
    return ours, botocore_signs(kind, request).headers["Authorization"]


@pytest.mark.parametrize(
    ("sent", "encoded"),
    [
        ("q=a+b", "q=a%20b"),  # a plus is a space
        ("q=a:b(c)", "q=a%3Ab%28c%29"),  # what need not be encoded in a URL is, in a signature
        ("q=%c3%a9", "q=%C3%A9"),
        ("q", "q="),
        ("&q=1&", "q=1"),
    ],
)
def test_a_loosely_encoded_query_is_signed_as_the_service_decodes_it(sent, encoded):
    ours, theirs = signatures(url=f"https://h.example/?{sent}")
    assert (ours, ours) == signatures(url=f"https://h.example/?{encoded}")
    if sent != "q":  # which botocore completes as well
        assert ours != theirs
    request = aws_request("GET", "https://h.example/", [], b"")
    request.params = parse_qsl(sent, keep_blank_values=True)  # botocore's own way from the pairs
    with at(PLAIN["now"]):
        botocore_auth(
            botocore.auth.SigV4Auth, PLAIN["credentials"], "sagemaker", "us-east-1"
        ).add_auth(request)
    assert request.headers["Authorization"] == ours


@pytest.mark.parametrize(
    ("sent", "encoded"),
    [
        ("/date=1/mac@2x(1).png", "/date%3D1/mac%402x%281%29.png"),
        ("/a+b", "/a%20b"),
        ("/a%2Fb", "/a/b"),
        ("/%c3%a9", "/%C3%A9"),
    ],
)
def test_an_s3_path_is_signed_as_s3_encodes_it(sent, encoded):
    kind = botocore.auth.S3SigV4Auth
    ours, theirs = signatures(kind, url=f"https://h.example{sent}", service="s3")
    assert ours != theirs
    assert (ours, ours) == signatures(kind, url=f"https://h.example{encoded}", service="s3")


def test_no_proxy_header_is_signed():
    ours, theirs = signatures(headers=[("Proxy-Connection", "close")])
    assert "proxy-connection" in theirs
    assert (ours, ours) == signatures()


def test_only_blanks_are_folded_in_a_header():
    ours, theirs = signatures(headers=[("X-A", "a\u00a0b")])  # a no-break space
    assert ours != theirs
    assert theirs == signatures(headers=[("X-A", "a b")])[1]


def test_a_date_header_is_signed_beside_x_amz_date():
    ours, theirs = signatures(headers=[("Date", "Thu, 01 Jan 2026 00:00:00 GMT")])
    assert "SignedHeaders=date;host;x-amz-date," in ours
    assert "SignedHeaders=date;host," in theirs


def test_an_empty_token_is_not_sent_in_a_presigned_url():
    request = PLAIN | {"credentials": Credentials("AKID", "secret", "")}
    assert "Security-Token" not in sigv4.presign_url(**request)
    request["credentials"] = botocore.credentials.Credentials("AKID", "secret", "")
    kind = botocore.auth.SigV4QueryAuth
    theirs = aws_request("GET", "https://h.example/", [], b"")
    with at(PLAIN["now"]):
        kind(request["credentials"], "sagemaker", "us-east-1").add_auth(theirs)
    assert "X-Amz-Security-Token=&" in theirs.url


def test_a_repeated_name_and_a_fragment_survive_presigning_as_they_should():
    request = PLAIN | {"url": "https://h.example/?a=1&a=2#part"}
    ours = urlsplit(sigv4.presign_url(**request))
    assert ours.query.startswith("a=1&a=2&X-Amz-Algorithm=")
    assert not ours.fragment
    theirs = urlsplit(botocore_signs(botocore.auth.SigV4QueryAuth, request).url)
    assert theirs.query.startswith("a=1&X-Amz-Algorithm=")
    assert theirs.fragment.startswith("part&X-Amz-Signature=")


# Over a real connection: a server that lets botocore say what the signature should have been.


class Verifier(BaseHTTPRequestHandler):
    """Answers 200 when the signature is right, else 403 with what is wrong."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        wrong = self.whats_wrong(body)
        answer = wrong.encode()
        self.send_response(403 if wrong else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815  # the base class's names

    def whats_wrong(self, body):
        fields = dict(
            field.split("=", 1)
            for field in self.headers["Authorization"].partition(" ")[2].split(", ")
        )
        _, _, region, service, _ = fields["Credential"].split("/")
        signed = fields["SignedHeaders"].split(";")
        raw_path, _, query = self.path.partition("?")
        # As S3 is known to do, botocore not: decode what was sent, then encode.
        path = quote(unquote(raw_path), safe="/~") if service == "s3" else raw_path
        request = aws_request(
            self.command,
            f"http://{self.headers['Host']}{path}",
            [(name, value) for name, value in self.headers.items() if name.lower() in signed],
            body,
            params=parse_qsl(query, keep_blank_values=True),
        )
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        if self.headers.get("X-Amz-Content-SHA256", "") not in {
            "" if service != "s3" else None,
            hashlib.sha256(body).hexdigest(),
            "UNSIGNED-PAYLOAD",
        }:
            return "X-Amz-Content-SHA256 is not the body's"
        kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        auth = botocore_auth(kind, self.server.credentials, service, region)
        if self.headers.get("X-Amz-Security-Token") != self.server.credentials.session_token:
            return "the token is not sent"
        for required in ("host", "x-amz-date", "content-type", "x-amz-security-token"):
            if required in self.headers and required not in signed:
                return f"{required} is not signed"
        if {"user-agent", "transfer-encoding", "connection"} & set(signed):
            return "what may change is signed"
        canonical = auth.canonical_request(request)
        expected = auth.signature(auth.string_to_sign(request, canonical), request)
        return "" if fields["Signature"] == expected else f"should have been:\n{canonical}"

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Verifier) as server:
        server.daemon_threads = True
        server.credentials = Credentials("AKID", "secret", "a/session+token==")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


wire_requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"]),
        "url": st.lists(segments | st.sampled_from(["(a)", "b=c", "d@e", "f,g;h"]), max_size=4).map(
            lambda parts: "/" + "/".join(part for part in parts if part != "%2F").lstrip("/")
        ),
        "params": st.lists(st.tuples(texts, texts), max_size=4),
        "headers": st.lists(
            st.tuples(
                st.sampled_from(["X-A", "x-a", "X-B", "Accept", "User-Agent", "X-Amz-Target"]),
                values.map(str.strip),
            ),
            max_size=5,
        ),
        "content": st.binary(max_size=100),
    }
)
wire_services = st.sampled_from(["sagemaker", "sts", "s3"])


@given(request=wire_requests, service=wire_services)
@settings(max_examples=30, deadline=None)
def test_a_server_that_verifies_accepts_what_httpx_sends(server, request, service):
    auth = SigV4Auth(server.credentials, "us-east-1", service)
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", trust_env=False) as client:
        answer = client.request(**request, auth=auth)
    assert (answer.status_code, answer.text) == (200, "")


@pytest.mark.parametrize("service", ["sagemaker", "s3"])
def test_a_server_that_verifies_accepts_every_kind_of_body_sync_and_async(server, service):
    url = f"http://127.0.0.1:{server.server_port}/endpoints/e/invocations"

    def credentials():
        return server.credentials

    async def async_credentials():
        return server.credentials

    def pieces():
        yield b"one "
        yield b"two"

    async def async_pieces():
        yield b"one "
        yield b"two"

    large = bytes(range(256)) * 8192
    with httpx.Client(auth=SigV4Auth(credentials, "us-east-1", service), trust_env=False) as client:
        for content in (b"", large, io.BytesIO(b"file"), pieces()):
            assert client.post(url, content=content).text == ""
        assert client.post(url, json={"a": [1]}).text == ""
        assert client.post(url, data={"a": "b c"}).text == ""
        assert client.post(url, files={"a": b"b"}).text == ""

    async def send():
        auth = SigV4Auth(async_credentials, "us-east-1", service)
        async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
            answers = await asyncio.gather(
                *(client.post(url, content=content) for content in (b"", large, async_pieces()))
            )
        return [answer.text for answer in answers]

    assert asyncio.run(send()) == ["", "", ""]


def test_a_server_that_verifies_refuses_what_was_changed_after_signing(server):
    class Changed(SigV4Auth):
        def sync_auth_flow(self, request):
            flow = super().sync_auth_flow(request)
            signed = next(flow)
            signed.headers["X-Added"] = "b"
            signed.headers["X-A"] = "changed"
            yield signed

    url = f"http://127.0.0.1:{server.server_port}/"
    with httpx.Client(trust_env=False) as client:
        answer = client.get(
            url, headers={"X-A": "a"}, auth=Changed(server.credentials, "us-east-1")
        )
        assert answer.status_code == 403
        other = Credentials("AKID", "another-secret", "a/session+token==")
        assert client.get(url, auth=SigV4Auth(other, "us-east-1")).status_code == 403
