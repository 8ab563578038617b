"""The one place that makes a request ready: host, user agent, date, token, signature."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from wrapper._credentials import Credentials
from wrapper._endpoints import Endpoint
from wrapper._errors import ConfigurationError
from wrapper._http import Request
from wrapper._operations import SIGNING_NAME, WireRequest
from wrapper._timeouts import Phases
from wrapper._version import __version__
from wrapper.sigv4 import authorization_headers

__all__ = ["sign", "user_agent"]


# https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
_APP_ID = r"[A-Za-z0-9!$%&'*+.^_`|~,-]{1,50}"


def user_agent(app_id: str | None) -> str:
    """The value of the `User-Agent` header.

    Args:
        app_id: What the caller's application calls itself (`AWS_SDK_UA_APP_ID`).

    Raises:
        ConfigurationError: It is not what AWS accepts as an application's id.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    agent = f"sagemaker-runtime-client/{__version__} os/{sys.platform} lang/python#{version}"
    if not app_id:
        return agent
    if not re.fullmatch(_APP_ID, app_id):
        raise ConfigurationError(
            f"app_id: {app_id[:80]!r} is not accepted: at most 50 characters, each a letter, "
            "a digit or one of !$%&'*+-.^_`|~,",
            setting="app_id",
        )
    return f"{agent} app/{app_id}"


def sign(
    wire: WireRequest,
    *,
    endpoint: Endpoint,
    user_agent: str,
    attempt_headers: Mapping[str, str],
    credentials: Credentials,
    now: datetime,
    timeout: Phases,
) -> Request:
    """Sign a request; each attempt is signed anew.

    Args:
        wire: What the operation made of its parameters.
        endpoint: Where the request goes.
        user_agent: Sent, never signed: proxies change it.
        attempt_headers: What tells one attempt from another (`amz-sdk-request` …).
        credentials: Who signs.
        now: The time of signing: an aware datetime.
        timeout: How long each phase may take.
    """
    path = endpoint.base_path + wire.path
    headers = [*wire.headers.items(), *attempt_headers.items()]
    added = authorization_headers(
        wire.method,
        endpoint.authority,
        path,
        headers,
        sha256(wire.body).hexdigest(),
        credentials=credentials,
        region=endpoint.signing_region,
        service=SIGNING_NAME,
        now=now,
    )
    headers += added.items()
    headers += (
        ("Host", endpoint.authority),
        ("User-Agent", user_agent),
        # The bytes are handed on as they are, so nobody shall compress them on the way.
        ("Accept-Encoding", "identity"),
    )
    return Request(wire.method, endpoint, path, headers, wire.body, timeout)
