"""A request made ready: its headers, their signature, and the user agent."""

from __future__ import annotations

import platform
import re
import sys
from datetime import UTC, datetime

import pytest
from botocore import useragent
from hypothesis import given
from hypothesis import strategies as st

from tests.faces import Recorder
from wrapper import ConfigurationError, Credentials, Timeout, __version__, sigv4
from wrapper._endpoints import resolve_endpoint
from wrapper._operations import WireRequest
from wrapper._requests import sign, user_agent

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WIRE = WireRequest(
    "POST", "/endpoints/e/invocations", {"Content-Type": "text/csv", "X-A": "1"}, b"1,2"
)


def signed(url: str | None = None, token: str | None = None, **changes):
    arguments = {
        "endpoint": resolve_endpoint("eu-west-1", endpoint_url=url),
        "user_agent": "agent/1",
        "attempt_headers": {"amz-sdk-request": "attempt=1; max=3"},
        "credentials": Credentials("AKID", "canary-secret", token),
        "now": NOW,
        "timeout": Timeout(),
    }
    return sign(WIRE, **{**arguments, **changes})


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
    assert request.body is WIRE.body
    assert headers["Host"] == host
    scheme = "http" if url and url.startswith("http:") else "https"
    expected = sigv4.sign_request(
        "POST",
        f"{scheme}://{host}{target}",
        [*WIRE.headers.items(), ("amz-sdk-request", "attempt=1; max=3")],
        WIRE.body,
        credentials=Credentials("AKID", "canary-secret"),
        region="eu-west-1",
        now=NOW,
    )
    assert {name: headers[name] for name in expected} == expected
    assert set(headers) - set(expected) == {
        *("Content-Type", "X-A", "amz-sdk-request", "Host", "User-Agent", "Accept-Encoding"),
    }


def test_what_may_change_on_the_way_is_not_signed():
    names = re.search("SignedHeaders=([^,]*)", dict(signed().headers)["Authorization"])
    assert names is not None
    assert names[1] == "amz-sdk-request;content-type;host;x-a;x-amz-date"


def test_a_session_token_is_sent_and_signed():
    headers = dict(signed(token="canary-token").headers)
    assert headers["X-Amz-Security-Token"] == "canary-token"
    assert "x-amz-security-token" in headers["Authorization"]


def test_the_bytes_are_asked_for_as_they_are():
    assert dict(signed().headers)["Accept-Encoding"] == "identity"


def test_a_request_shows_nothing_secret():
    shown = repr(signed(token="canary-token"))
    assert shown == "<Request POST /endpoints/e/invocations, 3 bytes>"


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
