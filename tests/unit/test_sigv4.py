"""Signature Version 4 against what AWS publishes, and by its own properties."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import random
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper import sigv4
from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError, ParameterError

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CREDENTIALS = Credentials("AKIDEXAMPLE", SECRET)
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
NAIVE = datetime.fromisoformat("2000-01-01")

VECTORS = [
    pytest.param(suite, case, id=case["name"])
    for suite in json.loads(
        Path(__file__).with_name("data").joinpath("sigv4_vectors.json").read_text()
    )
    for case in suite["cases"]
]


def sign(**changes):
    """The headers added to one plain request, with some of its parts changed."""
    request = {
        "method": "POST",
        "url": "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations",
        "headers": [("Content-Type", "text/plain")],
        "body": b"body",
        "credentials": CREDENTIALS,
        "region": "us-east-1",
        "now": NOW,
    }
    return sigv4.sign_request(**request | changes)


def presign(**changes):
    request = {
        "method": "GET",
        "url": "https://examplebucket.s3.amazonaws.com/test.txt",
        "credentials": Credentials(
            "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        ),
        "region": "us-east-1",
        "service": "s3",
        "now": datetime(2013, 5, 24, tzinfo=UTC),
        "expires": 86400,
    }
    return sigv4.presign_url(**request | changes)


def signature_of(headers):
    return headers["Authorization"].rpartition("Signature=")[2]


def signed_headers_of(headers):
    return re.search("SignedHeaders=([^,]*)", headers["Authorization"])[1].split(";")


# What AWS publishes


def test_the_walk_through_of_list_users_stage_by_stage():
    # The example of the AWS General Reference, "Signing AWS requests with Signature Version 4".
    canonical = sigv4.canonical_request(
        "GET",
        "/",
        "Action=ListUsers&Version=2010-05-08",
        [
            ("Host", "iam.amazonaws.com"),
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("X-Amz-Date", "20150830T123600Z"),
        ],
        sigv4.payload_hash(b""),
        service="iam",
    )
    assert canonical == (
        "GET\n"
        "/\n"
        "Action=ListUsers&Version=2010-05-08\n"
        "content-type:application/x-www-form-urlencoded; charset=utf-8\n"
        "host:iam.amazonaws.com\n"
        "x-amz-date:20150830T123600Z\n"
        "\n"
        "content-type;host;x-amz-date\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    scope = sigv4.credential_scope("20150830T123600Z", region="us-east-1", service="iam")
    assert scope == "20150830/us-east-1/iam/aws4_request"
    text = sigv4.string_to_sign(canonical, amz_date="20150830T123600Z", scope=scope)
    assert text == (
        "AWS4-HMAC-SHA256\n"
        "20150830T123600Z\n"
        "20150830/us-east-1/iam/aws4_request\n"
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    )
    key = sigv4.signing_key(SECRET, date="20150830", region="us-east-1", service="iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    assert sigv4.signature(key, text) == (
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )
    assert sigv4.sign_request(
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
        b"",
        credentials=CREDENTIALS,
        region="us-east-1",
        service="iam",
        now=NOW,
    ) == {
        "X-Amz-Date": "20150830T123600Z",
        "Authorization": (
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        ),
    }


@pytest.mark.parametrize(("suite", "case"), VECTORS)
def test_the_published_vectors(suite, case):
    headers = sigv4.authorization_headers(
        case["method"],
        suite["host"],
        case["path"],
        [tuple(pair) for pair in case["headers"]],
        sigv4.payload_hash(case["body"].encode()),
        query=case["query"],
        credentials=Credentials(
            suite["access_key_id"], suite["secret_access_key"], case.get("session_token")
        ),
        region=suite["region"],
        service=suite["service"],
        now=datetime.fromisoformat(suite["now"]),
    )
    assert ";".join(signed_headers_of(headers)) == case["signed_headers"]
    assert signature_of(headers) == case["signature"]
    assert headers.get("X-Amz-Security-Token") == case.get("session_token")


def test_the_presigned_s3_example():
    # Amazon S3 API reference, "Authenticating Requests: Using Query Parameters".
    assert presign() == (
        "https://examplebucket.s3.amazonaws.com/test.txt"
        "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z"
        "&X-Amz-Expires=86400"
        "&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


# The parts of the canonical request


@pytest.mark.parametrize(
    ("service", "sent", "canonical"),
    [
        ("sagemaker", "", "/"),
        ("sagemaker", "/a%2Fb", "/a%252Fb"),
        ("sagemaker", "/a//./b/../c/", "/a/c/"),
        ("sagemaker", "/../..", "/"),
        ("sagemaker", "/a%20b+c", "/a%2520b%2Bc"),
        ("sagemaker", "/100%25~", "/100%2525~"),
        ("s3", "", "/"),
        ("s3", "/a//./b/../c/", "/a//./b/../c/"),
        ("s3", "/a%20b", "/a%20b"),
        # A service's own answers to a bad signature show these: S3 decodes and encodes anew.
        ("s3", "/%3Fa=b%20c", "/%3Fa%3Db%20c"),
        ("es", "/_search/%3Fa=b%20c", "/_search/%253Fa%3Db%2520c"),
        ("s3", "/a+b%2Bc(1)", "/a%20b%2Bc%281%29"),
    ],
)
def test_a_path_is_normalised_and_encoded_twice_except_for_s3(service, sent, canonical):
    assert sigv4.canonical_path(sent, service=service) == canonical


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("", ""),
        ("a", "a="),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1&a=", "a=&a=1&a=2"),
        ("a-=1&a=2", "a=2&a-=1"),  # by name: "a" before "a-", though "-" sorts before "="
        ("B=1&a=1&A=1", "A=1&B=1&a=1"),
        ("k=a+b%2Bc", "k=a%20b%2Bc"),
        ("k=%c3%a9", "k=%C3%A9"),
        ("k=a=b", "k=a%3Db"),
        ("k=a/b:c@d", "k=a%2Fb%3Ac%40d"),
        ("k=%FF", "k=%FF"),
        ("&a=1&&", "a=1"),
    ],
)
def test_a_query_is_encoded_awss_way_and_sorted(sent, canonical):
    assert sigv4.canonical_query(sent) == canonical


def test_headers_are_lowered_sorted_trimmed_folded_and_joined():
    assert sigv4.canonical_headers(
        [
            ("X-B", "  two   words\t here "),
            ("Host", "h"),
            ("x-a", "1"),
            ("X-A", ""),
            ("x-a", "3"),
            ("100%", "odd name"),
        ]
    ) == ("100%:odd name\nhost:h\nx-a:1,,3\nx-b:two words here\n", "100%;host;x-a;x-b")


def test_one_header_or_none_can_be_made_canonical():
    assert sigv4.canonical_headers([("Host", "h")]) == ("host:h\n", "host")
    assert sigv4.canonical_headers([]) == ("", "")


@pytest.mark.parametrize(
    "name",
    [
        "User-Agent",
        "X-Amzn-Trace-Id",
        "traceparent",
        "tracestate",
        "baggage",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Expect",
        "Upgrade",
        "Authorization",
        "Proxy-Authorization",
        "Proxy-Authenticate",
        "proxy-connection",
    ],
)
def test_what_may_change_on_the_way_is_never_signed(name):
    plain = sign()
    assert sign(headers=[("Content-Type", "text/plain"), (name, "anything")]) == plain
    assert name.lower() not in signed_headers_of(plain)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Host.Example/", "host.example"),
        ("https://host.example:443/", "host.example"),
        ("http://host.example:80/", "host.example"),
        ("http://host.example:443/", "host.example:443"),
        ("https://host.example:8443/", "host.example:8443"),
        ("https://user:secret@host.example/", "host.example"),
        ("https://[FD00:EC2::23]:8080/", "[fd00:ec2::23]:8080"),
    ],
)
def test_the_host_signed_is_the_one_sent(url, host):
    assert sign(url=url) == sign(url="https://other.example/", headers=[
        ("Content-Type", "text/plain"), ("HOST", host)
    ])  # fmt: skip


def test_a_fragment_is_neither_sent_nor_signed():
    assert sign(url="https://h.example/a?b=c#d?e") == sign(url="https://h.example/a?b=c")
    assert "#" not in presign(url="https://h.example/a?b=c#d?e")


def test_the_time_is_given_in_utc_whatever_its_zone():
    tokyo = timezone(timedelta(hours=9))
    assert sigv4.amz_date(NOW.astimezone(tokyo)) == "20150830T123600Z"
    assert sign(now=NOW.astimezone(tokyo).replace(microsecond=999_999)) == sign()


@given(
    st.lists(
        st.datetimes(
            NAIVE,
            NAIVE + timedelta(seconds=3),
            timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30))]),
        )
    )
)
def test_every_instant_has_its_own_second(instants):
    for instant in instants:
        expected = instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        assert sigv4.amz_date(instant) == expected


# The body


@pytest.mark.parametrize("convert", [bytes, bytearray, memoryview, io.BytesIO])
@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 10])
def test_any_kind_of_body_is_hashed(convert, content):
    assert sigv4.payload_hash(convert(content)) == hashlib.sha256(content).hexdigest()


def test_a_view_with_a_step_is_hashed_as_its_bytes():
    assert sigv4.payload_hash(memoryview(b"a-b-c-")[::2]) == hashlib.sha256(b"abc").hexdigest()


def test_the_empty_bodys_hash_is_the_constant():
    assert sigv4.payload_hash(b"") == sigv4.EMPTY_PAYLOAD_HASH


def test_a_file_is_hashed_from_its_position_in_pieces_and_put_back(tmp_path):
    class Watched(io.FileIO):
        def read(self, size=-1):
            assert 0 < size <= 1 << 20
            return super().read(size)

    content = random.Random(0).randbytes(25 * 1000 * 1000)
    path = tmp_path / "body"
    path.write_bytes(content)
    with Watched(path) as file:
        file.seek(1000)
        assert sigv4.payload_hash(file) == hashlib.sha256(content[1000:]).hexdigest()
        assert file.tell() == 1000
    assert signature_of(sign(body=content)) == signature_of(sign(body=io.BytesIO(content)))


def test_a_file_that_fails_is_put_back_all_the_same():
    class Failing(io.BytesIO):
        def read(self, size=-1):
            super().read(size)
            raise OSError("disk")

    file = Failing(b"abc")
    file.seek(1)
    with pytest.raises(OSError, match="disk"):
        sigv4.payload_hash(file)
    assert file.tell() == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("text", "not str"),
        (None, "not NoneType"),
        ({"a": 1}, "not dict"),
        (io.StringIO("text"), "text mode"),
        (type("Pipe", (io.BytesIO,), {"seekable": lambda _: False})(b"x"), "cannot seek"),
    ],
)
def test_another_body_is_refused(body, message):
    with pytest.raises(ParameterError, match=message) as caught:
        sigv4.payload_hash(body)
    assert caught.value.parameter == "body"


# The two ends


def test_an_earlier_signature_in_the_request_is_replaced():
    token = Credentials("AKIDEXAMPLE", SECRET, "token")
    for credentials, service in [(CREDENTIALS, "sagemaker"), (token, "sagemaker"), (token, "s3")]:
        first = sign(credentials=credentials, service=service)
        again = sign(
            credentials=credentials,
            service=service,
            headers=[
                ("x-amz-date", "20000101T000000Z"),
                ("Content-Type", "text/plain"),
                *first.items(),
            ],
        )
        assert again == first


def test_s3_is_sent_the_bodys_hash_and_it_is_signed():
    headers = sign(service="s3")
    assert headers["X-Amz-Content-Sha256"] == hashlib.sha256(b"body").hexdigest()
    assert "x-amz-content-sha256" in signed_headers_of(headers)
    assert "X-Amz-Content-Sha256" not in sign()


@pytest.mark.parametrize("service", ["s3", "aoss"])
def test_a_hash_the_caller_sends_is_corrected_but_an_unsigned_body_is_respected(service):
    right = hashlib.sha256(b"body").hexdigest()
    headers = sign(service=service, headers=[("x-amz-content-sha256", "0" * 64)])
    assert headers["X-Amz-Content-Sha256"] == right
    assert "x-amz-content-sha256" in signed_headers_of(headers)
    unsigned = [
        sign(service=service, body=body, headers=[("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")])
        for body in (b"one", b"two")
    ]
    assert unsigned[0]["X-Amz-Content-Sha256"] == "UNSIGNED-PAYLOAD"
    assert unsigned[0] == unsigned[1] != headers


def test_an_empty_token_is_no_token():
    assert sign(credentials=Credentials("AKIDEXAMPLE", SECRET, "")) == sign()


def test_a_presigned_url_leaves_the_body_out_for_s3_alone():
    assert presign(body=b"one") == presign(body=b"two")
    assert presign(service="sagemaker", body=b"one") != presign(service="sagemaker", body=b"two")


def test_a_presigned_url_can_be_presigned_again():
    token = Credentials("AKIDEXAMPLE", SECRET, "to/ken=")
    url = "https://h.example/a?x=1&x=2&empty"
    once = presign(url=url, credentials=token)
    assert once.startswith("https://h.example/a?x=1&x=2&empty=&X-Amz-Algorithm=")
    assert "&X-Amz-Security-Token=to%2Fken%3D&X-Amz-Signature=" in once
    assert presign(url=once, credentials=token) == once


def test_a_header_asked_for_in_a_presigned_url_is_signed():
    url = presign(headers=[("Content-Type", "text/csv"), ("User-Agent", "x")])
    assert "X-Amz-SignedHeaders=content-type%3Bhost&" in url
    assert url != presign(headers=[("Content-Type", "text/plain")])


# Properties

visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True).filter(
    lambda name: name.lower() != "host" and not name.lower().startswith("x-amz-")
)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.just("\t"), max_size=30)
paths = st.from_regex(r"(/([A-Za-z0-9._~(,-]|%[0-9A-F]{2}){0,6}){1,4}", fullmatch=True)
queries = st.from_regex(r"([a-z%+=-]|%[0-9A-Fa-f]{2}|&){0,20}", fullmatch=True)


@st.composite
def requests(draw):
    return {
        "method": draw(st.sampled_from(["GET", "POST", "put", "DELETE", "HEAD"])),
        "host": draw(st.sampled_from(["h.example", "[::1]:8080"])),
        "path": draw(paths),
        "headers": draw(st.lists(st.tuples(names, values), max_size=8)),
        "payload_hash": draw(st.binary(max_size=50).map(sigv4.payload_hash)),
        "query": draw(queries),
        "credentials": Credentials(draw(visible), draw(visible), draw(st.none() | visible)),
        "region": draw(st.sampled_from(["us-east-1", "eu-central-2"])),
        "service": draw(st.sampled_from(["sagemaker", "sts", "s3"])),
        "now": draw(st.datetimes(NAIVE, timezones=st.just(UTC))),
    }


@given(requests())
def test_the_fast_way_gives_what_the_stages_give(request):
    headers = sigv4.authorization_headers(**request)
    date = request["now"].strftime("%Y%m%dT%H%M%SZ")
    credentials, region, service = (request[k] for k in ("credentials", "region", "service"))
    sent = [*request["headers"], ("Host", request["host"]), *headers.items()]
    canonical = sigv4.canonical_request(
        request["method"],
        request["path"],
        request["query"],
        sent,
        request["payload_hash"],
        service=service,
    )
    scope = sigv4.credential_scope(date, region=region, service=service)
    text = sigv4.string_to_sign(canonical, amz_date=date, scope=scope)
    key = sigv4.signing_key(
        credentials.secret_access_key, date=date[:8], region=region, service=service
    )
    assert headers["X-Amz-Date"] == date
    assert headers["Authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={sigv4.canonical_headers(sent)[1]}, "
        f"Signature={sigv4.signature(key, text)}"
    )
    assert headers.get("X-Amz-Security-Token") == credentials.session_token


@given(st.binary(max_size=200), st.text(max_size=200))
def test_the_signature_is_hmac_sha_256_for_a_key_of_any_length(key, text):
    assert sigv4.signature(key, text) == hmac.digest(key, text.encode(), "sha256").hex()


SIGNED_PARTS = [
    "method",
    "host",
    "path",
    "query",
    "name",
    "value",
    "payload",
    "secret",
    "token",
    "region",
    "service",
    "second",
]


@given(requests(), st.data())
def test_any_change_of_a_signed_part_changes_the_signature(request, data):
    request["headers"] = [("X-Kept", "value"), *request["headers"]]
    before = signature_of(sigv4.authorization_headers(**request))
    part = data.draw(st.sampled_from(SIGNED_PARTS))
    changed = dict(request)
    match part:
        case "method":
            changed["method"] += "X"
        case "host":
            changed["host"] += "1"
        case "path":
            changed["path"] += "/%7F"
        case "query":
            changed["query"] += "&z=z"
        case "name":
            changed["headers"] = [("X-Kepu", "value"), *request["headers"][1:]]
        case "value":
            changed["headers"] = [("X-Kept", "valuf"), *request["headers"][1:]]
        case "payload":
            last = "0" if request["payload_hash"][-1] != "0" else "1"
            changed["payload_hash"] = request["payload_hash"][:-1] + last
        case "secret" | "token":
            was = request["credentials"]
            changed["credentials"] = Credentials(
                was.access_key_id,
                was.secret_access_key + ("x" if part == "secret" else ""),
                (was.session_token or "") + "x" if part == "token" else was.session_token,
            )
        case "region":
            changed["region"] += "1"
        case "service":
            changed["service"] += "1"
        case "second":
            changed["now"] -= timedelta(seconds=1)
    assert signature_of(sigv4.authorization_headers(**changed)) != before


@pytest.mark.parametrize("place", range(4))
def test_any_byte_of_the_body_counts(place):
    body = bytearray(b"body")
    body[place] ^= 1
    assert signature_of(sign(body=body)) != signature_of(sign())


def test_threads_that_share_everything_sign_alike():
    people = [Credentials(f"AKID{i}", f"secret{i}", f"token{i}") for i in range(40)]
    moments = [NOW + timedelta(hours=i) for i in range(50)]
    jobs = [(p, m) for p in people for m in moments]
    expected = [sign(credentials=p, now=m) for p, m in jobs]
    shuffled = list(range(len(jobs)))
    random.Random(1).shuffle(shuffled)
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda i: (i, sign(credentials=jobs[i][0], now=jobs[i][1])), shuffled)
        )
    assert all(headers == expected[i] for i, headers in found)


def test_the_caches_are_bounded_and_show_no_secret():
    for i in range(100):
        sign(credentials=Credentials(f"AKID{i}", f"hidden-secret-{i}", f"hidden-token-{i}"))
    info = sigv4._cached_signer.cache_info()
    assert info.currsize <= info.maxsize <= 64
    signer = sigv4.cached_signer(
        Credentials("AKID", "hidden"), "20150830", "us-east-1", "sagemaker"
    )
    shown = repr(sigv4._cached_signer) + repr(signer) + repr(signer._key)
    assert "hidden" not in shown


# What is refused


@pytest.mark.parametrize(
    ("access_key_id", "secret", "token", "message"),
    [
        ("", "secret", None, "access_key_id is empty"),
        ("AKID", "", None, "secret_access_key is empty"),
        ("AKID", "hidden\n", None, "secret_access_key has a control character"),
        ("AKID", "hid den", None, "secret_access_key has a space"),
        ("AKID", "hiddén", None, "secret_access_key has a character that is not ASCII"),
        ("AKID\r\nX: y", "hidden", None, "access_key_id has a control character"),
        ("AKID", "hidden", "hidden\x00", "session_token has a control character"),
        ("AKID", "hidden", " hidden", "session_token has a space"),
    ],
)
@pytest.mark.parametrize("end", [sign, presign])
def test_malformed_credentials_are_refused_and_not_shown(
    end, access_key_id, secret, token, message
):
    with pytest.raises(CredentialsError, match=message) as caught:
        end(credentials=Credentials(access_key_id, secret, token))
    assert "hid" not in str(caught.value)


@pytest.mark.parametrize("end", [sign, presign])
@pytest.mark.parametrize("setting", ["region", "service"])
@pytest.mark.parametrize("value", ["", "us east", "us/east", "us-east-1\n", "é", None])
def test_a_malformed_region_or_service_is_refused(end, setting, value):
    with pytest.raises(ConfigurationError, match=setting) as caught:
        end(**{setting: value})
    assert caught.value.setting == setting


@pytest.mark.parametrize("end", [sign, presign])
@pytest.mark.parametrize("now", [NAIVE, None, "20150830T123600Z"])
def test_a_time_without_a_zone_is_refused(end, now):
    with pytest.raises(ParameterError, match="now must be an aware datetime") as caught:
        end(now=now)
    assert caught.value.parameter == "now"


@pytest.mark.parametrize("character", [*map(chr, {*range(0x20), 0x7F} - {0x09}), "\r\n "])
@pytest.mark.parametrize("end", [sign, presign])
def test_a_control_character_in_a_header_is_refused_and_the_value_not_shown(end, character):
    with pytest.raises(ParameterError, match="'X-Secret' has a control character") as caught:
        end(headers=[("X-Secret", f"hid{character}den")])
    assert caught.value.parameter == "headers"
    assert "hid" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "X Y", "X:Y", "X\n", "é"])
def test_a_header_name_that_is_no_token_is_refused(name):
    with pytest.raises(ParameterError, match="not a token"):
        sign(headers=[(name, "value")])


@pytest.mark.parametrize("method", ["", "GET /", "GET\n"])
def test_a_method_that_is_no_token_is_refused(method):
    with pytest.raises(ParameterError, match="method"):
        sign(method=method)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/path",
        "ftp://h.example/",
        "https:///path",
        "https://h.example/a b",
        "https://h.example/é",
        "https://h.example/a\nb",
        "https://h.example:port/",
        "https://[::1/",
    ],
)
@pytest.mark.parametrize("end", [sign, presign])
def test_a_url_that_cannot_be_sent_as_it_stands_is_refused(end, url):
    with pytest.raises(ParameterError, match="the URL to sign must be") as caught:
        end(url=url)
    assert caught.value.parameter == "url"


@pytest.mark.parametrize("host", ["", "h.example\n", "h example", "é.example"])
def test_a_host_that_cannot_be_sent_is_refused(host):
    with pytest.raises(ParameterError, match="host must be"):
        sigv4.authorization_headers(
            "GET",
            host,
            "/",
            [],
            sigv4.EMPTY_PAYLOAD_HASH,
            credentials=CREDENTIALS,
            region="us-east-1",
            now=NOW,
        )


@pytest.mark.parametrize("expires", [0, -1, 604_801, 1.5, "60"])
def test_a_presigned_url_is_valid_from_a_second_to_seven_days(expires):
    with pytest.raises(ParameterError, match="604800") as caught:
        presign(expires=expires)
    assert caught.value.parameter == "expires"
    assert "X-Amz-Expires=604800&" in presign(expires=604_800)


def test_signing_does_not_import_httpx():
    code = "import wrapper.sigv4, sys; sys.exit('httpx' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
