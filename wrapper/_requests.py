"""The one place that makes a request ready: host, user agent, date, token, signature."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Final, NamedTuple

from wrapper._canonical_request import assemble, header_plan, names_and_values
from wrapper._credentials import Credentials
from wrapper._endpoints import Endpoint
from wrapper._errors import ConfigurationError
from wrapper._http import Request
from wrapper._http11.head import encode_head
from wrapper._operations import SIGNING_NAME, Operation, WireRequest
from wrapper._retry import ATTEMPT_HEADERS
from wrapper._timeouts import Phases
from wrapper._version import __version__
from wrapper.sigv4 import Signer, amz_date, cached_signer

__all__ = ["PreparedRequest", "RequestMaker", "user_agent"]


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


class PreparedRequest:
    """A request that is ready but for what differs each time: the attempt, the time, the body.

    Most calls of a program differ in nothing else, so that this is kept for the next one
    (`RequestMaker`). Nothing of it is secret but a session token, which the credentials have too.
    """

    __slots__ = ("_endpoint", "_form", "_method", "_path", "_signed", "_unsigned")

    def __init__(self, wire: WireRequest, endpoint: Endpoint, user_agent: str) -> None:
        """Prepare a request.

        Args:
            wire: What the operation made of its parameters; its body does not matter.
            endpoint: Where the request goes.
            user_agent: Sent, not signed: proxies change it.
        """
        self._endpoint = endpoint
        self._method = wire.method
        self._path = endpoint.base_path + wire.path
        self._signed = (*wire.headers.items(), ("Host", endpoint.authority))
        self._unsigned = (
            ("User-Agent", user_agent),
            # The bytes are handed on as they are, so nobody shall compress them on the way.
            ("Accept-Encoding", "identity"),
        )
        self._form: _Form | None = None

    def sign(
        self,
        attempt: tuple[str, str],
        body: bytes,
        body_sha256: str,
        *,
        credentials: Credentials,
        now: datetime,
        timeout: Phases,
    ) -> Request:
        """Sign the request; each attempt is signed anew.

        Args:
            attempt: The values of `ATTEMPT_HEADERS`: printable ASCII.
            body: The body.
            body_sha256: Its hash in lower-case hex.
            credentials: Who signs.
            now: The time of signing: an aware datetime.
            timeout: How long each phase may take.

        Raises:
            CredentialsError: The credentials are malformed.
        """
        endpoint = self._endpoint
        date = amz_date(now)
        signer = cached_signer(credentials, date, endpoint.signing_region, SIGNING_NAME)
        form = self._form
        if form is None or form.signer is not signer:
            form = self._form = self._make_form(signer, credentials.session_token)
        differing = (*attempt, date)
        signature = signer.signature(form.canonical_request % (*differing, body_sha256), date)
        head = form.head % (*differing, signature)
        return Request(self._method, endpoint, self._path, head.encode("latin-1"), body, timeout)

    def _make_form(self, signer: Signer, session_token: str | None) -> _Form:
        """The texts of requests by this signer."""
        signed = self._signed
        if session_token:
            signed = (*signed, ("X-Amz-Security-Token", session_token))
        names, values = names_and_values(signed)
        plan = header_plan((*names, *_DIFFERING))
        values += (_BLANK,) * len(_DIFFERING)
        canonical_request = assemble(
            self._method,
            self._path,
            "",
            plan,
            values,
            payload_hash=_BLANK,
            service=SIGNING_NAME,
        )
        head = encode_head(self._method, self._path, (*signed, *self._unsigned)).decode("latin-1")
        added = [f"\r\n{name}: {_BLANK}" for name in _DIFFERING]
        authorization = signer.authorization(plan.signed_headers, _BLANK)
        head = f"{head}{''.join(added)}\r\nAuthorization: {authorization}"
        return _Form(signer, _as_format(canonical_request), _as_format(head))


class _Form(NamedTuple):
    """The texts of a prepared request, as formats: the values of `_DIFFERING` and one more."""

    signer: Signer
    canonical_request: str
    """The last is the body's hash."""
    head: str
    """The last is the signature."""

    def __repr__(self) -> str:  # without the token, wherever local variables are shown
        return f"<_Form of {self.signer.credential}>"


# In the order of a canonical request.
_DIFFERING: Final = (*ATTEMPT_HEADERS, "X-Amz-Date")
# Stands for what differs: no header can have it.
_BLANK: Final = "\0"


def _as_format(text: str) -> str:
    return text.replace("%", "%%").replace(_BLANK, "%s")


class RequestMaker:
    """Makes a client's requests, and keeps what calls with the same parameters have in common.

    Thread-safe. Equal parameters were found to obey the rules already, and give the same request.
    """

    __slots__ = ("_kept", "_prepare")

    def __init__(self, endpoint: Endpoint, user_agent: str) -> None:
        """Begin with nothing kept.

        Args:
            endpoint: Where requests go.
            user_agent: The value of the `User-Agent` header.
        """
        self._prepare = partial(_prepared, endpoint, user_agent)
        # By type, too: 60.0 equals 60, and is not accepted.
        self._kept = lru_cache(maxsize=_MOST_KEPT, typed=True)(self._prepare)

    def prepare(
        self, operation: Operation, values: Mapping[str, object], *, has_body: bool
    ) -> PreparedRequest:
        """Check the parameters and prepare the request.

        Args:
            operation: What to ask for.
            values: The parameters by their Python names; None where one is not given.
            has_body: Whether a body is given.

        Raises:
            ParameterError: A parameter breaks a rule of the contract.
        """
        prepare = self._kept
        for name in operation.sensitive:
            if values[name] is not None:
                prepare = self._prepare  # type: ignore[assignment]  # the same, and keeps nothing
        try:
            return prepare(operation, has_body, tuple(values), *values.values())
        except TypeError:  # one that cannot be a key cannot be right either, and is refused
            return self._prepare(operation, has_body, tuple(values), *values.values())


_MOST_KEPT: Final = 128


def _prepared(
    endpoint: Endpoint,
    user_agent: str,
    operation: Operation,
    has_body: bool,  # noqa: FBT001  # a part of a key
    names: tuple[str, ...],
    *values: object,
) -> PreparedRequest:
    parameters = dict(zip(names, values, strict=True))
    wire = operation.request(parameters, b"" if has_body else None)
    return PreparedRequest(wire, endpoint, user_agent)
