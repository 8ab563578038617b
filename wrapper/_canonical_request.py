"""The canonical request of Signature Version 4: the one spelling of a request that is signed.

Paths and queries are taken as they go over the wire, percent-encoded once. The rules are those of
the IAM user guide, "Create a signed AWS API request", step 1; where services are known to read a
request otherwise than the guide says, theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import BinaryIO, TypeAlias

from wrapper._errors import ParameterError

__all__ = [
    "EMPTY_PAYLOAD_HASH",
    "UNSIGNED_HEADERS",
    "UNSIGNED_PAYLOAD",
    "Body",
    "HeaderPairs",
    "HeaderPlan",
    "assemble",
    "canonical_headers",
    "canonical_path",
    "canonical_query",
    "canonical_request",
    "folded",
    "header_plan",
    "names_and_values",
    "payload_hash",
    "percent_encode",
    "query_pairs",
]

EMPTY_PAYLOAD_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

Body: TypeAlias = bytes | bytearray | memoryview | BinaryIO
"""A request's body: bytes-like, or a seekable binary file that is sent from its position on."""

HeaderPairs: TypeAlias = Iterable[tuple[str, str]]
"""Header names and values in the order they are sent; a name may come more than once."""

UNSIGNED_HEADERS = frozenset(
    {
        "authorization",
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    }
)
"""Names that are never signed, nor is any `proxy-*`: what stands between may change these."""

_READ_SIZE = 1 << 20
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110, section 5.5, forbids all but the tab
_BLANKS = re.compile(r"[ \t]+")
_PLAIN_VALUES = re.compile(r"[!-~]++(?: [!-~]++)*+").fullmatch


@lru_cache(maxsize=256)
def canonical_path(path: str, *, service: str) -> str:
    """The path of the canonical request, from the path that is sent.

    Empty and dot segments are removed and the result is percent-encoded, so that what was encoded
    once is now encoded twice. S3 alone keeps every segment and encodes once: what the sender left
    bare is encoded, and a `+` is a space, as S3 reads it.
    """
    if service == "s3":
        return _recode(path.replace("+", " "), safe="/") or "/"
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    closing = "/" if segments and path.endswith("/") else ""
    return percent_encode("/" + "/".join(segments) + closing, safe="/")


def canonical_query(query: str) -> str:
    """The query of the canonical request, from the query that is sent (without its `?`).

    Every name and value is decoded (a `+` is a space) and percent-encoded AWS's way, and the pairs
    are sorted by encoded name, then value. A name without `=` has an empty value.
    """
    return "&".join(f"{name}={value}" for name, value in sorted(query_pairs(query)))


def query_pairs(query: str) -> list[tuple[str, str]]:
    """The pairs of a query, encoded AWS's way, in the order they came."""
    pairs = []
    for pair in query.replace("+", " ").split("&"):
        if pair:
            name, _, value = pair.partition("=")
            pairs.append((_recode(name), _recode(value)))
    return pairs


def _recode(text: str, *, safe: str = "") -> str:
    from urllib.parse import unquote_to_bytes

    return percent_encode(unquote_to_bytes(text), safe=safe)


def percent_encode(text: str | bytes, *, safe: str = "") -> str:
    """Percent-encode all but RFC 3986's unreserved characters and what else is safe."""
    if isinstance(text, str) and not text.strip(_UNRESERVED + safe):
        return text
    from urllib.parse import quote  # its import takes longer than a signature

    return quote(text, safe=safe)


def canonical_headers(headers: HeaderPairs) -> tuple[str, str]:
    """The canonical headers, each line ending in a newline, and the list of signed names.

    Names are lower-cased and sorted, values trimmed and their runs of blanks folded to one space,
    the values of a repeated name joined by commas; what is never signed is left out.

    Raises:
        ParameterError: A name is not a token, or a value has a control character.
    """
    names, values = names_and_values(headers)
    plan = header_plan(names)
    return plan.canonical_headers(values), plan.signed_headers


def names_and_values(headers: HeaderPairs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names as they were given, and the values trimmed and folded."""
    pairs = tuple(headers)
    names = tuple([name for name, _ in pairs])
    values = tuple([value for _, value in pairs])
    # One look at all the values together: printable words with single spaces between them.
    if not _PLAIN_VALUES(" ".join(values)):
        values = tuple([_folded(name, value) for name, value in pairs])
    return names, values


def _folded(name: str, value: str) -> str:
    if _CONTROL.search(value):
        raise ParameterError(
            f"the value of the header {name!r} has a control character; remove it",
            parameter="headers",
            rule="no control characters in a header's value",
        )
    return folded(value.strip(" \t"))


def folded(value: str) -> str:
    """A header's value with each run of blanks folded to one space."""
    return _BLANKS.sub(" ", value) if "  " in value or "\t" in value else value


class HeaderPlan:
    """What the names of a request's headers decide alone: which are signed, and in what order.

    Requests of one kind have the same names every time, so that this is worked out once.
    """

    __slots__ = ("_in_order", "_pieces", "sends_payload_hash", "signed_headers")

    def __init__(self, places: dict[str, list[int]]) -> None:
        order: list[int] = []
        self._pieces: list[str] = []
        for name in sorted(places):
            for count, place in enumerate(places[name]):
                order.append(place)
                self._pieces += ("," if count else f"\n{name}:", "")
        if self._pieces:
            self._pieces[0] = self._pieces[0].removeprefix("\n")
            self._pieces.append("\n")
        self._in_order: Callable[[Sequence[str]], Iterable[str]] = (
            itemgetter(*order)
            if len(order) > 1  # with one index it would give the bare value
            else lambda values: [values[place] for place in order]
        )
        self.signed_headers = ";".join(sorted(places))
        self.sends_payload_hash = "x-amz-content-sha256" in places

    def canonical_headers(self, values: Sequence[str]) -> str:
        """The canonical headers, from the values in the order of the names."""
        pieces = self._pieces.copy()
        pieces[1::2] = self._in_order(values)
        return "".join(pieces)


@lru_cache(maxsize=256)
def header_plan(names: tuple[str, ...], replaced: tuple[str, ...] = ()) -> HeaderPlan:
    """The plan for the given names, followed by those that replace any given before them."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if not _TOKEN.fullmatch(name):
            raise ParameterError(
                f"the header name {name!r} is not a token (RFC 9110, section 5.6.2)",
                parameter="headers",
                rule="header names are tokens",
                value=name,
            )
        lowered = name.lower()
        if lowered not in UNSIGNED_HEADERS and not lowered.startswith("proxy-"):
            places.setdefault(lowered, []).append(place)
    if replaced and "x-amz-content-sha256" in places and "x-amz-content-sha256" not in replaced:
        replaced = (*replaced, "x-amz-content-sha256")
    for place, name in enumerate(replaced, len(names)):
        places[name] = [place]
    return HeaderPlan(places)


def canonical_request(
    method: str,
    path: str,
    query: str,
    headers: HeaderPairs,
    payload_hash: str,
    *,
    service: str,
) -> str:
    """The canonical request.

    Args:
        method: Any HTTP method.
        path: As sent: percent-encoded once.
        query: As sent, without its `?`.
        headers: Every header that is sent, `Host` and `X-Amz-Date` among them.
        payload_hash: The body's hash, or `UNSIGNED_PAYLOAD`.
        service: `s3` has its own rule for the path.

    Raises:
        ParameterError: The method or a header is malformed.
    """
    names, values = names_and_values(headers)
    plan = header_plan(names)
    return assemble(method, path, query, plan, values, payload_hash=payload_hash, service=service)


def assemble(
    method: str,
    path: str,
    query: str,
    plan: HeaderPlan,
    values: Sequence[str],
    *,
    payload_hash: str,
    service: str,
) -> str:
    """The canonical request, from a plan for its headers and their values, already folded."""
    if method != "POST":
        method = _checked_method(method)
    return (
        f"{method}\n{canonical_path(path, service=service)}\n"
        f"{canonical_query(query) if query else ''}\n"
        f"{plan.canonical_headers(values)}\n{plan.signed_headers}\n{payload_hash}"
    )


def _checked_method(method: str) -> str:
    if not _TOKEN.fullmatch(method):
        raise ParameterError(
            f"the method {method!r} is not a token (RFC 9110, section 9.1)",
            parameter="method",
            rule="an HTTP method",
            value=method,
        )
    return method.upper()


def payload_hash(body: Body) -> str:
    """The body's SHA-256 in lower-case hex.

    A file is read in pieces from its position, and put back there.

    Raises:
        ParameterError: The body is neither bytes-like nor a seekable binary file.
    """
    if isinstance(body, (bytes, bytearray, memoryview)):
        try:
            return sha256(body).hexdigest()
        except BufferError:  # a memoryview with a step
            return sha256(bytes(body)).hexdigest()
    if not hasattr(body, "read") or not hasattr(body, "seekable"):
        raise _bad_body(f"not {type(body).__name__}")
    if not body.seekable():
        raise _bad_body("and this file cannot seek")
    digest = sha256()
    start = body.tell()
    try:
        while piece := body.read(_READ_SIZE):
            digest.update(piece)
    except TypeError:
        raise _bad_body("and this file is open in text mode") from None
    finally:
        body.seek(start)
    return digest.hexdigest()


def _bad_body(what: str) -> ParameterError:
    rule = "bytes-like, or a seekable binary file"
    return ParameterError(f"body must be {rule}, {what}", parameter="body", rule=rule)
