"""A request of which everything is worked out but what differs from call to call."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from wrapper._canonical_request import assemble, folded, header_plan, names_and_values
from wrapper._credentials import Credentials
from wrapper._endpoints import Endpoint
from wrapper._http import Request
from wrapper._http11.head import encode_head
from wrapper._operations import SIGNING_NAME, WireRequest
from wrapper._retry import ATTEMPT_HEADERS
from wrapper._timeouts import Phases
from wrapper.sigv4 import Signer, amz_date, cached_signer

__all__ = ["BLANK", "PreparedRequest"]


class _Blank(str):
    """A text that is told from an equal one."""

    __slots__ = ()


BLANK: Final = _Blank("\0")
"""Stands for what differs: no header can have it."""

# What differs between any two requests, in the order of a canonical request.
_ALWAYS_DIFFERENT: Final = (*ATTEMPT_HEADERS, "X-Amz-Date")


class _Form(NamedTuple):
    """The texts of a prepared request, as formats: the values of `_differing` and one more."""

    signer: Signer
    canonical_request: str
    """The last is the body's hash."""
    head: str
    """The last is the signature."""

    def __repr__(self) -> str:  # without the token, wherever local variables are shown
        return f"<_Form of {self.signer.credential}>"


class PreparedRequest:
    """A request that is ready but for what differs: the attempt, the time, the body, the blanks.

    Nothing of it is secret but a session token, which the credentials have too.
    """

    __slots__ = ("_differing", "_endpoint", "_form", "_method", "_path", "_signed", "_unsigned")

    def __init__(self, wire: WireRequest, endpoint: Endpoint, user_agent: str) -> None:
        """Prepare a request.

        Args:
            wire: What the operation made of its parameters; headers that differ are `BLANK`. Its
                body does not matter.
            endpoint: Where the request goes.
            user_agent: Sent, not signed: proxies change it.
        """
        self._endpoint = endpoint
        self._method = wire.method
        self._path = endpoint.base_path + wire.path
        blanks = sorted((name for name, value in wire.headers.items() if value is BLANK), key=_key)
        self._differing = (*_ALWAYS_DIFFERENT, *blanks)
        # Or the values would go to each other's places.
        assert list(self._differing) == sorted(self._differing, key=_key)  # noqa: S101
        fixed = ((name, value) for name, value in wire.headers.items() if value is not BLANK)
        self._signed = (*fixed, ("Host", endpoint.authority))
        self._unsigned = (
            ("User-Agent", user_agent),
            # The bytes are handed on as they are, so nobody shall compress them on the way.
            ("Accept-Encoding", "identity"),
        )
        self._form: _Form | None = None

    def sign(
        self,
        attempt: tuple[str, str],
        blanks: tuple[str, ...],
        body: bytes,
        body_sha256: str,
        *,
        credentials: Credentials,
        now: datetime,
        timeout: Phases,
    ) -> Request:
        """Sign the request; each attempt is signed anew.

        Args:
            attempt: The values of `ATTEMPT_HEADERS`: printable ASCII without runs of spaces.
            blanks: The values of the headers that are blank, in the order of these headers' names:
                printable ASCII, or tabs within.
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
        sent = signed = (*attempt, date, *blanks)
        if blanks:
            signed = (*attempt, date, *[folded(value) for value in blanks])
        signature = signer.signature(form.canonical_request % (*signed, body_sha256), date)
        head = form.head % (*sent, signature)
        return Request(self._method, endpoint, self._path, head.encode("latin-1"), body, timeout)

    def _make_form(self, signer: Signer, session_token: str | None) -> _Form:
        """The texts of requests by this signer."""
        signed = self._signed
        if session_token:
            signed = (*signed, ("X-Amz-Security-Token", session_token))
        names, values = names_and_values(signed)
        plan = header_plan((*names, *self._differing))
        canonical_request = assemble(
            self._method,
            self._path,
            "",
            plan,
            values + (BLANK,) * len(self._differing),
            payload_hash=BLANK,
            service=SIGNING_NAME,
        )
        head = encode_head(self._method, self._path, (*signed, *self._unsigned)).decode("latin-1")
        added = "".join([f"\r\n{name}: {BLANK}" for name in self._differing])
        authorization = signer.authorization(plan.signed_headers, BLANK)
        head = f"{head}{added}\r\nAuthorization: {authorization}"
        return _Form(signer, _as_format(canonical_request), _as_format(head))


_key = str.lower


def _as_format(text: str) -> str:
    return text.replace("%", "%%").replace(BLANK, "%s")
