"""A request made ready: its headers, their signature, and the user agent."""

from __future__ import annotations

import platform
import re
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from botocore import useragent
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces import Recorder
from wrapper import (
    ConfigurationError,
    Credentials,
    CredentialsError,
    ParameterError,
    Timeout,
    __version__,
    sigv4,
)
from wrapper._endpoints import resolve_endpoint
from wrapper._http import Request
from wrapper._operations import (
    INVOKE_ENDPOINT,
    INVOKE_ENDPOINT_ASYNC,
    INVOKE_ENDPOINT_WITH_RESPONSE_STREAM,
    Operation,
    WireRequest,
)
from wrapper._requests import PreparedRequest, RequestMaker, user_agent
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
) -> Request:
    return prepared.sign(
        attempt,
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
values = st.lists(printable | st.sampled_from(["%s", "%%", "%(a)s", "{}", "  "]), max_size=12).map(
    lambda pieces: "".join(pieces).strip()
)
names = st.sampled_from(["Content-Type", "Accept", "X-Amzn-SageMaker-Target-Model", "A", "X-Z"])


@settings(max_examples=500)
@given(
    headers=st.dictionaries(names, values),
    path=st.sampled_from(["", "/a%20b", "/50%25", "/a//b"]),
    token=st.none() | st.text("abc/+=%", min_size=1, max_size=8),
    bodies=st.lists(st.binary(max_size=8), min_size=1, max_size=3),
    attempt=st.tuples(
        st.text("abc-%", min_size=1, max_size=8), st.sampled_from(["a=1; b=2", "%", "%s"])
    ),
    seconds=st.lists(st.integers(0, 200_000), min_size=3, max_size=3),
)
def test_each_of_several_requests_is_signed_as_the_general_function_does(
    headers, path, token, bodies, attempt, seconds
):
    wire = WireRequest("POST", "/endpoints/e/invocations", headers)
    url = f"https://example.com{path}"
    prepared = PreparedRequest(wire, resolve_endpoint("eu-west-1", endpoint_url=url), "a%s/1")
    for body, later in zip(bodies, seconds, strict=False):
        now = NOW + timedelta(seconds=later)  # of another day, perhaps: another key
        for each in (token, None):  # another signer
            request = sign(prepared, each, body, attempt, now)
            sent = dict(request.headers)
            expected = expected_of(f"{url}{wire.path}", each, wire, body, attempt, now)
            assert {name: sent.get(name) for name in expected} == expected
            assert ("X-Amz-Security-Token" in sent) == (each is not None)
            assert {name: sent[name] for name in headers} == headers
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


def maker() -> RequestMaker:
    return RequestMaker(resolve_endpoint("eu-west-1"), "agent/1")


def parameters(operation: Operation, **given: object) -> dict[str, object]:
    return {rule.name: None for rule in operation.rules} | {"endpoint_name": "e"} | given


def test_what_calls_have_in_common_is_prepared_once():
    made = maker()
    one = made.prepare(INVOKE_ENDPOINT, parameters(INVOKE_ENDPOINT), has_body=True)
    assert made.prepare(INVOKE_ENDPOINT, parameters(INVOKE_ENDPOINT), has_body=True) is one
    others = [
        made.prepare(INVOKE_ENDPOINT, parameters(INVOKE_ENDPOINT, **given), has_body=True)
        for given in ({"accept": "a/b"}, {"endpoint_name": "f"}, {"content_type": "a/b"})
    ]
    stream = INVOKE_ENDPOINT_WITH_RESPONSE_STREAM
    others.append(made.prepare(stream, parameters(stream), has_body=True))
    assert len({id(each) for each in (one, *others)}) == 5


def test_nothing_sensitive_is_kept():
    made = maker()
    given = parameters(INVOKE_ENDPOINT, custom_attributes="canary")
    one = made.prepare(INVOKE_ENDPOINT, given, has_body=True)
    assert made.prepare(INVOKE_ENDPOINT, given, has_body=True) is not one
    assert dict(sign(one).headers)["X-Amzn-SageMaker-Custom-Attributes"] == "canary"


def test_no_more_is_kept_than_a_program_may_repeat():
    made = maker()
    first = made.prepare(INVOKE_ENDPOINT, parameters(INVOKE_ENDPOINT), has_body=True)
    for number in range(200):
        given = parameters(INVOKE_ENDPOINT, inference_id=f"id-{number}")
        made.prepare(INVOKE_ENDPOINT, given, has_body=True)
    assert made.prepare(INVOKE_ENDPOINT, parameters(INVOKE_ENDPOINT), has_body=True) is not first


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize("wrong", [60.0, True, "60", [60], {}, set(), object()])
def test_what_equals_an_accepted_value_is_checked_all_the_same(wrong):
    made = maker()
    good = parameters(INVOKE_ENDPOINT_ASYNC, request_ttl_seconds=60)
    one = parameters(INVOKE_ENDPOINT_ASYNC, invocation_timeout_seconds=1)
    for right in (good, one):
        made.prepare(INVOKE_ENDPOINT_ASYNC, right, has_body=True)
    for name in ("request_ttl_seconds", "invocation_timeout_seconds"):
        bad = parameters(INVOKE_ENDPOINT_ASYNC, **{name: wrong})
        with pytest.raises(ParameterError) as caught:
            made.prepare(INVOKE_ENDPOINT_ASYNC, bad, has_body=True)
        assert caught.value.parameter == name


def test_a_text_of_another_class_is_taken_for_what_it_says():
    made = maker()
    given = parameters(INVOKE_ENDPOINT, accept=Text("a/b"))
    prepared = made.prepare(INVOKE_ENDPOINT, given, has_body=True)
    assert dict(sign(prepared).headers)["Accept"] == "a/b"


def test_parameters_are_checked_the_first_time_and_the_second():
    made = maker()
    bad = parameters(INVOKE_ENDPOINT, accept="a\nb")
    for _ in range(2):
        with pytest.raises(ParameterError):
            made.prepare(INVOKE_ENDPOINT, bad, has_body=True)


def test_the_user_agent_names_the_client_the_system_and_python():
    assert user_agent(None) == (
        f"sagemaker-runtime-client/{__version__} os/{sys.platform} "
        f"lang/python#{platform.python_version()}"
    )
    assert user_agent("") == user_agent(None)
    assert user_agent("my-app") == f"{user_agent(None)} app/my-app"


ALLOWED = "".join(sorted(useragent._USERAGENT_ALLOWED_CHARACTERS))


@given(st.text(ALLOWED, min_size=1, max_size=50))
def test_what_botocore_sends_of_an_application_id_is_accepted(app_id):
    assert user_agent(app_id).endswith(f" app/{app_id}")


@given(
    st.one_of(
        st.text(ALLOWED, min_size=51, max_size=80),
        st.tuples(
            st.text(ALLOWED, max_size=10),
            st.characters(exclude_characters=ALLOWED),
            st.text(ALLOWED, max_size=10),
        ).map("".join),
    )
)
def test_any_other_application_id_is_refused(app_id):
    with pytest.raises(ConfigurationError, match=r"^app_id: ") as caught:
        user_agent(app_id)
    assert caught.value.setting == "app_id"
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("from_environment", [True, False])
def test_an_application_id_cannot_smuggle_a_header_in(face, monkeypatch, from_environment):
    app_id = "a\r\nX-Injected: 1"
    if from_environment:
        monkeypatch.setenv("AWS_SDK_UA_APP_ID", app_id)
    with pytest.raises(ConfigurationError, match="app_id"):
        face.make(transport=Recorder(), app_id=None if from_environment else app_id)
