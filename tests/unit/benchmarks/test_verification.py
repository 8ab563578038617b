"""The check of the signatures of measured calls."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.peers.account import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, invocations_path
from benchmarks.verification import InvalidRequestError, parse_head, verify
from wrapper import Credentials
from wrapper.sigv4 import sign_request

HOST = "127.0.0.1:8080"
PATH = invocations_path("small")
BODY = b"abc"
HASH = sha256(BODY).hexdigest()


@pytest.fixture(scope="module")
def headers() -> dict[str, str]:
    """Signed by hand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path("benchmarks/peers").resolve()))
        module = import_module("hand_signing")
        for name in ("hand_signing", "account"):
            patch.delitem(sys.modules, name)
    return {name.lower(): value for name, value in module.signed_headers(HOST, PATH, BODY).items()}


def test_the_signer_of_the_bare_libraries_is_right(headers: dict[str, str]) -> None:
    verify("POST", PATH, headers, HASH, now=datetime.now(UTC))


def test_what_this_package_signs_is_right() -> None:
    now = datetime.now(UTC)
    added = sign_request(
        "POST",
        f"http://{HOST}{PATH}",
        [("Content-Type", "text/csv")],
        BODY,
        credentials=Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY),
        region=REGION,
        now=now,
    )
    headers = {"host": HOST, "content-type": "text/csv"}
    headers |= {name.lower(): value for name, value in added.items()}
    verify("POST", PATH, headers, HASH, now=now)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"content-type": "text/csv"}, "does not match"),
        ({"authorization": ""}, "is not signed"),
        ({"x-amz-content-sha256": "0" * 64}, "not the hash of the body"),
        ({"x-amz-date": "20200101T000000Z"}, "which is not now"),
        ({"host": "127.0.0.1:80"}, "does not match"),
    ],
)
def test_a_request_that_was_changed_is_refused(
    headers: dict[str, str], changed: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        verify("POST", PATH, {**headers, **changed}, HASH, now=datetime.now(UTC))


def test_another_body_or_target_is_refused(headers: dict[str, str]) -> None:
    now = datetime.now(UTC)
    with pytest.raises(InvalidRequestError, match="does not match"):
        verify("POST", PATH, headers, sha256(b"abd").hexdigest(), now=now)
    with pytest.raises(InvalidRequestError, match="does not match"):
        verify("POST", invocations_path("slow"), headers, HASH, now=now)


def test_a_signature_of_long_ago_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError, match="which is not now"):
        verify("POST", PATH, headers, HASH, now=datetime.now(UTC) + timedelta(minutes=6))


def test_a_signature_that_leaves_the_host_out_is_refused(headers: dict[str, str]) -> None:
    authorization = headers["authorization"].replace("host;", "")
    with pytest.raises(InvalidRequestError, match="not signed, or not there: host"):
        verify(
            "POST", PATH, {**headers, "authorization": authorization}, HASH, now=datetime.now(UTC)
        )


def test_a_head_is_taken_apart() -> None:
    assert parse_head("POST /a HTTP/1.1\r\nHost: x:1\r\nX-Empty:") == (
        "POST",
        "/a",
        {"host": "x:1", "x-empty": ""},
    )


def test_a_header_that_is_there_twice_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="twice"):
        parse_head("POST /a HTTP/1.1\r\nHost: x\r\nhost: x")
