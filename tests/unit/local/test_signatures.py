"""The verifier against botocore's signers: what they sign is accepted, any change is refused."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import attrs
import pytest
from botocore import credentials as botocore_credentials
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from wrapper._credentials import Credentials
from wrapper.local._answers import AnsweredError
from wrapper.local._signatures import ReceivedHead, SignatureVerifier

CREDENTIALS = Credentials("AKIDTEST", "test-secret")
TEMPORARY = Credentials("ASIATEST", "other-secret", "the/session+token==")
EXPIRED = Credentials(
    "ASIAOLD", "old-secret", "old-token", expiration=datetime(2020, 1, 1, tzinfo=UTC)
)
REGION = "eu-west-1"
HOST = "127.0.0.1:8080"


@attrs.frozen
class Request:
    """A signed request as a server receives it."""

    head: ReceivedHead
    body: bytes

    @property
    def payload_hash(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def with_header(self, name: str, value: str | None) -> Request:
        pairs = [pair for pair in self.head.headers if pair[0] != name]
        if value is not None:
            pairs.append((name, value))
        return attrs.evolve(self, head=attrs.evolve(self.head, headers=pairs))

    def header(self, name: str) -> str:
        value = self.head.get(name)
        assert value is not None
        return value


def verifier(now: datetime | None = None, region: str = REGION) -> SignatureVerifier:
    return SignatureVerifier(
        [CREDENTIALS, TEMPORARY, EXPIRED], region, lambda: now or datetime.now(UTC)
    )


def verify(request: Request, service: str = "sagemaker", **options: object) -> str:
    return verifier(**options).verify(request.head, request.payload_hash, service)  # type: ignore[arg-type]


def refused(request: Request, service: str = "sagemaker", **options: object) -> AnsweredError:
    with pytest.raises(AnsweredError) as caught:
        verify(request, service, **options)
    return caught.value


def signed(
    *,
    method: str = "POST",
    path: str = "/endpoints/a/invocations",
    query: str = "",
    headers: dict[str, str] | None = None,
    body: bytes = b'{"x": 1}',
    credentials: Credentials = CREDENTIALS,
    service: str = "sagemaker",
    region: str = REGION,
    presigned_for: int | None = None,
    signer: type[SigV4Auth] | None = None,
) -> Request:
    """A request signed by botocore."""
    url = f"http://{HOST}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method, url, headers=headers or {}, data=body)
    payload_hash = hashlib.sha256(body).hexdigest()
    keys = botocore_credentials.Credentials(
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token
    )
    if presigned_for is None:
        (signer or SigV4Auth)(keys, service, region).add_auth(request)
    else:

        class SignsBody(SigV4QueryAuth):
            """botocore's own moves a body's members into the query, as EC2 would have them."""

            def payload(self, _request):
                return payload_hash

        kind = S3SigV4QueryAuth if service == "s3" else SignsBody
        request.data = b""
        kind(keys, service, region, expires=presigned_for).add_auth(request)
    parts = urlsplit(request.url)
    pairs = [("host", HOST), *((n.lower(), v) for n, v in request.headers.items())]
    return Request(ReceivedHead(method, parts.path, parts.query, pairs), body)


# --- what is accepted ----------------------------------------------------------------------------

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20).map(
    lambda name: f"x-amzn-{name}"
)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40).map(str.strip)
segments = st.text(max_size=12).map(lambda text: quote(text, safe="-_.~"))
paths = st.lists(segments, min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts))
pairs = st.tuples(st.text(max_size=8), st.text(max_size=8)).map(
    lambda pair: f"{quote(pair[0], safe='-_.~')}={quote(pair[1], safe='-_.~')}"
)
queries = st.lists(pairs, max_size=4).map("&".join)
requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
        "path": paths,
        "query": queries,
        "headers": st.dictionaries(names, values, max_size=5),
        "body": st.binary(max_size=64),
        "credentials": st.sampled_from([CREDENTIALS, TEMPORARY]),
    }
)


@settings(max_examples=50, deadline=None)
@given(requests)
def test_what_botocore_signs_in_headers_is_accepted(options):
    request = signed(**options)

    assert verify(request) == options["credentials"].access_key_id


@settings(max_examples=50, deadline=None)
@given(requests)
def test_what_botocore_presigns_is_accepted(options):
    request = signed(**options, presigned_for=60)

    assert verify(request) == options["credentials"].access_key_id


@settings(max_examples=50, deadline=None)
@given(requests)
@example(
    {
        "method": "GET",
        "path": "/%2F",
        "query": "",
        "headers": {},
        "body": b"",
        "credentials": CREDENTIALS,
    }
)
def test_what_botocore_signs_for_s3_is_accepted(options):
    # S3 reads the path and writes it anew: no client for it encodes the slashes of a key.
    options = {**options, "path": options["path"].replace("%2F", "/")}
    request = signed(**options, service="s3", signer=S3SigV4Auth)

    assert verify(request, "s3") == options["credentials"].access_key_id


def test_a_presigned_s3_url_does_not_cover_the_payload():
    request = signed(method="PUT", path="/b/k", service="s3", presigned_for=60)

    accepted = verifier().verify(request.head, "UNSIGNED-PAYLOAD", "s3")

    assert accepted == "AKIDTEST"


def test_a_repeated_header_is_signed_joined_by_a_comma():
    request = signed(headers={"x-amzn-a": "1,2"})
    split = [pair for pair in request.head.headers if pair[0] != "x-amzn-a"]
    split += [("x-amzn-a", "1"), ("x-amzn-a", "2")]

    assert verify(attrs.evolve(request, head=attrs.evolve(request.head, headers=split)))


def test_a_header_that_is_not_signed_may_change():
    request = signed().with_header("user-agent", "anything").with_header("x-added-by-proxy", "1")

    assert verify(request) == "AKIDTEST"


def test_the_date_header_may_stand_for_x_amz_date():
    request = signed(headers={"Date": "to be replaced by the signer"})

    assert request.head.get("x-amz-date") is None
    assert verify(request) == "AKIDTEST"


def test_a_header_that_botocore_never_signs_is_checked_when_another_client_signs_it():
    class SignsUserAgent(SigV4Auth):
        def headers_to_sign(self, request):
            headers = super().headers_to_sign(request)
            headers["user-agent"] = "mine"
            return headers

    request = signed(headers={"user-agent": "mine"}, signer=SignsUserAgent)

    assert verify(request) == "AKIDTEST"
    assert refused(request.with_header("user-agent", "theirs")).status_code == 403


# --- what is refused -----------------------------------------------------------------------------


def _changed_text(draw: st.DrawFn, text: str) -> str:
    """Other text, made by replacing, adding or dropping one visible character."""
    position = draw(st.integers(0, len(text)))
    character = draw(st.sampled_from("abcXYZ0189-_.~=!$"))
    kind = draw(st.sampled_from(["replace", "insert", "drop"]))
    rest = position if kind == "insert" else position + 1
    return text[:position] + ("" if kind == "drop" else character) + text[rest:]


@st.composite
def tampered(draw: st.DrawFn) -> tuple[Request, Request]:
    """A signed request, and the same with one signed thing changed."""
    original = signed(
        query=draw(st.sampled_from(["", "a=1", "a=1&b=2"])),
        headers={
            "content-type": "application/json",
            "x-amzn-sagemaker-custom-attributes": "trace id=1",
            "x-amzn-sagemaker-target-model": "model.tar.gz",
        },
        body=draw(st.binary(max_size=32)),
        credentials=draw(st.sampled_from([CREDENTIALS, TEMPORARY])),
        presigned_for=draw(st.sampled_from([None, 60])),
    )
    head = original.head
    what = draw(st.sampled_from(["method", "path", "query", "header", "missing", "more", "body"]))
    if what == "method":
        method = draw(st.sampled_from(["GET", "PUT", "PATCH"]))
        return original, attrs.evolve(original, head=attrs.evolve(head, method=method))
    if what == "path":
        path = "/" + _changed_text(draw, head.path[1:])
        return original, attrs.evolve(original, head=attrs.evolve(head, path=path))
    if what == "query":
        query = _changed_text(draw, head.query)
        return original, attrs.evolve(original, head=attrs.evolve(head, query=query))
    if what == "body":
        body = original.body
        position = draw(st.integers(0, len(body)))
        other = body[:position] + draw(st.binary(min_size=1, max_size=2)) + body[position + 1 :]
        return original, attrs.evolve(original, body=other)
    covered = [name for name, _ in head.headers if name in _signed_names(original)]
    name = draw(st.sampled_from(sorted(covered)))
    if what == "missing":
        return original, original.with_header(name, None)
    if what == "more":
        extra = [*head.headers, (name, "more")]
        return original, attrs.evolve(original, head=attrs.evolve(head, headers=extra))
    value = _changed_text(draw, original.header(name))
    return original, original.with_header(name, value)


def _signed_names(request: Request) -> set[str]:
    authorization = request.head.get("authorization")
    if authorization is None:
        return set(request.head.query.split("SignedHeaders=")[1].split("&")[0].split("%3B"))
    listed = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
    return {*listed, "authorization"}


@settings(max_examples=150, deadline=None)
@given(tampered())
def test_a_request_with_one_signed_thing_changed_is_refused(pair):
    original, changed = pair
    note(f"{original}\n{changed}")
    if changed == original or _canonically_same(original, changed):
        assert verify(changed)
        return

    error = refused(changed)

    assert error.status_code in {400, 403}
    assert error.status_code == 403 or error.code == "IncompleteSignatureException"


def _canonically_same(original: Request, changed: Request) -> bool:
    """Whether SigV4 itself makes no difference between the two."""
    before, after = original.head, changed.head
    if changed.body != original.body or before.method != after.method:
        return False
    if before.path != after.path:  # dot segments and doubled slashes are normalised
        return _without_dot_segments(before.path) == _without_dot_segments(after.path)
    if before.query != after.query:
        # The signature itself is not part of it, but it was not what changed; empty pairs are
        # nothing, and `a` is `a=`.
        return _pairs(before.query) == _pairs(after.query)
    return {(n, " ".join(v.split())) for n, v in before.headers} == {
        (n, " ".join(v.split())) for n, v in after.headers
    }


def _without_dot_segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment not in {"", "."}]


def _pairs(query: str) -> list[tuple[str, str]]:
    return sorted(
        (name, value)
        for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)
    )


@pytest.mark.parametrize("header", ["x-amz-content-sha256", "authorization"])
def test_what_signs_one_request_does_not_sign_another(header):
    one = signed(body=b"one", headers={"x-amz-content-sha256": hashlib.sha256(b"one").hexdigest()})
    two = signed(body=b"two", headers={"x-amz-content-sha256": hashlib.sha256(b"two").hexdigest()})

    assert refused(one.with_header(header, two.header(header))).status_code == 403


def test_a_body_that_is_not_the_declared_one_is_refused_though_its_declaration_is_signed():
    declared = hashlib.sha256(b"said").hexdigest()
    request = signed(body=b"said", headers={"x-amz-content-sha256": declared})

    assert verify(request)
    assert refused(attrs.evolve(request, body=b"sent")).code == "InvalidSignatureException"


def test_a_control_character_is_not_taken_for_a_space():
    request = signed(headers={"x-amzn-a": "a b"})

    assert refused(request.with_header("x-amzn-a", "a\x1cb")).status_code == 403


def test_a_fragment_cannot_hide_a_part_of_the_path():
    request = signed(path="/bucket/key", service="s3", signer=S3SigV4Auth, method="GET", body=b"")
    head = attrs.evolve(request.head, path="/bucket/key#other")

    assert refused(attrs.evolve(request, head=head), "s3").status_code == 403


def test_the_message_of_a_wrong_signature_shows_what_should_have_been_signed():
    error = refused(attrs.evolve(signed(body=b"{}"), body=b"[]"))

    assert error.code == "InvalidSignatureException"
    assert error.message is not None
    assert error.message.startswith(
        "The request signature we calculated does not match the signature you provided."
    )
    assert (
        "The Canonical String for this request should have been\n"
        "'POST\n/endpoints/a/invocations\n\nhost:127.0.0.1:8080\nx-amz-date:" in error.message
    )
    assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n" in error.message
    assert hashlib.sha256(b"[]").hexdigest() in error.message
    assert "test-secret" not in error.message


def test_no_signature_is_a_missing_authentication_token():
    request = Request(ReceivedHead("POST", "/endpoints/a/invocations", "", [("host", HOST)]), b"")

    error = refused(request)

    assert (error.status_code, error.code, error.message) == (
        403,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    )


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials("AKIDNOBODY", "test-secret"),
        Credentials("AKIDTEST", "test-secret", "a token it does not have"),
        Credentials("ASIATEST", "other-secret"),  # without its token
        Credentials("ASIATEST", "other-secret", "another token"),
    ],
)
@pytest.mark.parametrize("presigned_for", [None, 60])
def test_unknown_keys_and_tokens_are_not_recognised(credentials, presigned_for):
    error = refused(signed(credentials=credentials, presigned_for=presigned_for))

    assert (error.status_code, error.code) == (403, "UnrecognizedClientException")
    assert error.message == "The security token included in the request is invalid."


def test_expired_credentials_are_told_so():
    error = refused(signed(credentials=EXPIRED))

    assert (error.status_code, error.code) == (403, "ExpiredTokenException")
    assert error.message == "The security token included in the request is expired"


def test_a_wrong_secret_is_a_wrong_signature():
    error = refused(signed(credentials=Credentials("AKIDTEST", "wrong-secret")))

    assert (error.status_code, error.code) == (403, "InvalidSignatureException")


def test_the_scope_must_name_the_region_and_the_service():
    error = refused(signed(region="us-east-2"))
    assert error.code == "InvalidSignatureException"
    assert error.message == "Credential should be scoped to a valid region, not 'us-east-2'. "

    error = refused(signed(service="s3"))
    assert error.code == "InvalidSignatureException"
    assert error.message == "Credential should be scoped to correct service: 'sagemaker'. "


def test_the_scope_must_have_the_day_of_the_date_and_the_terminator():
    request = signed()
    day = request.header("x-amz-date")[:8]
    authorization = request.header("authorization")

    other_day = refused(
        request.with_header("authorization", authorization.replace(f"/{day}/", "/20010101/"))
    )
    other_end = refused(
        request.with_header("authorization", authorization.replace("aws4_request", "aws5"))
    )

    assert f"'20010101' != '{day}'" in (other_day.message or "")
    assert "valid terminator: 'aws4_request', not 'aws5'" in (other_end.message or "")


@pytest.mark.parametrize(
    ("offset", "is_accepted"),
    [(-301, False), (-299, True), (299, True), (301, False)],
)
@pytest.mark.parametrize("form", ["x-amz-date", "date"])
def test_a_signature_may_be_five_minutes_off_and_no_more(offset, is_accepted, form):
    request = signed(headers={"Date": "x"} if form == "date" else {})
    signed_at = datetime.now(UTC).replace(microsecond=0)
    now = signed_at + timedelta(seconds=offset)

    if is_accepted:
        assert verify(request, now=now)
    else:
        error = refused(request, now=now)
        assert (error.status_code, error.code) == (403, "InvalidSignatureException")


def test_the_messages_of_a_clock_that_is_off_have_the_times_in_them():
    request = signed()
    stamp = request.header("x-amz-date")
    signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    late, early = signed_at + timedelta(minutes=10), signed_at - timedelta(minutes=10)

    assert refused(request, now=late).message == (
        f"Signature expired: {stamp} is now earlier than "
        f"{signed_at + timedelta(minutes=5):%Y%m%dT%H%M%SZ} ({late:%Y%m%dT%H%M%SZ} - 5 min.)"
    )
    assert refused(request, now=early).message == (
        f"Signature not yet current: {stamp} is still later than "
        f"{signed_at - timedelta(minutes=5):%Y%m%dT%H%M%SZ} ({early:%Y%m%dT%H%M%SZ} + 5 min.)"
    )


def test_a_presigned_url_lasts_as_long_as_it_says():
    request = signed(presigned_for=600)
    now = datetime.now(UTC)  # and the second it was signed in, within the two below

    assert verify(request, now=now + timedelta(seconds=590))
    assert "Signature expired" in (refused(request, now=now + timedelta(seconds=602)).message or "")


@pytest.mark.parametrize("expires", ["", "0", "604801", "abc", "-5", "1e3"])
def test_a_presigned_url_needs_a_sensible_lifetime(expires):
    request = signed(presigned_for=60)
    query = request.head.query.replace("X-Amz-Expires=60", f"X-Amz-Expires={expires}")

    error = refused(attrs.evolve(request, head=attrs.evolve(request.head, query=query)))

    assert (error.status_code, error.code) == (400, "IncompleteSignatureException")


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        ("AWS4-HMAC-SHA256", "requires 'Credential'"),
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=ab", "requires 'Credential'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=ab", "requires 'SignedHeaders'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host", "requires 'Signature'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=ab", "exactly 5"),
        ("Basic dXNlcjpwYXNz", "Unsupported AWS 'algorithm': 'Basic'"),
        ("Bearer", "Unsupported AWS 'algorithm': 'Bearer'"),
    ],
)
def test_a_malformed_authorization_is_an_incomplete_signature(authorization, said):
    error = refused(signed().with_header("authorization", authorization))

    assert (error.status_code, error.code) == (400, "IncompleteSignatureException")
    assert said in (error.message or "")


@pytest.mark.parametrize("date", [None, "yesterday", "20200101", "20200101T000000"])
def test_the_date_must_be_there_and_in_the_basic_format(date):
    error = refused(signed().with_header("x-amz-date", date))

    assert error.code == "IncompleteSignatureException"


def test_the_host_must_be_signed():
    request = signed()
    authorization = request.header("authorization").replace("SignedHeaders=host;", "SignedHeaders=")

    error = refused(request.with_header("authorization", authorization))

    assert error.code == "InvalidSignatureException"
    assert "'Host' or ':authority' must be a 'SignedHeader'" in (error.message or "")


@pytest.mark.parametrize("name", ["x-amz-security-token", "x-amz-anything"])
def test_every_header_of_amzs_own_must_be_signed(name):
    request = signed(credentials=TEMPORARY)
    if request.head.get(name) is None:
        request = request.with_header(name, "1")
    else:
        authorization = request.header("authorization").replace(f";{name}", "")
        request = request.with_header("authorization", authorization)

    error = refused(request)

    assert error.code == "InvalidSignatureException"
    assert error.message == f"'{name}' must be a 'SignedHeader' in the AWS Authorization."


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=80), st.data())
def test_any_authorization_header_is_answered_with_an_error_and_nothing_else(text, data):
    prefix = data.draw(st.sampled_from(["", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential="]))

    assert refused(signed().with_header("authorization", prefix + text)).status_code in {400, 403}


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=80))
def test_any_presigned_query_is_answered_with_an_error_and_nothing_else(text):
    request = signed(presigned_for=60)
    query = request.head.query.replace("X-Amz-Signature=", f"X-Amz-Signature={text}&x=")

    error = refused(attrs.evolve(request, head=attrs.evolve(request.head, query=query)))

    assert error.status_code in {400, 403}


def test_the_error_can_be_answered_as_json_and_as_xml():
    error = refused(signed(region="us-east-2"))

    headers, body = error.as_json()
    xml_headers, xml = error.as_xml("the-id")

    assert headers["x-amzn-errortype"] == "InvalidSignatureException"
    assert json.loads(body) == {"message": error.message}
    assert xml_headers["content-type"] == "application/xml"
    assert b"<Code>InvalidSignatureException</Code>" in xml
    assert b"<RequestId>the-id</RequestId>" in xml
