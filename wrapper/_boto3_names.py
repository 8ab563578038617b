"""What boto3, and others, call a client's arguments: for whoever comes from there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

__all__ = ["explain"]

_KEYS: Final = (
    "give credentials=wrapper.Credentials(access_key_id, secret_access_key, session_token)"
)
_NAMES: Final = {
    "service_name": "leave it out: every client is one for SageMaker Runtime",
    "region_name": "it is region= here",
    "profile_name": "it is profile= here",
    "aws_access_key_id": _KEYS,
    "aws_secret_access_key": _KEYS,
    "aws_session_token": _KEYS,
    "config": "what it holds are arguments here: timeout=, retries=, max_connections=, proxy=",
    "session": "give it as credentials=",
    "boto3_session": "give it as credentials=",
    "use_ssl": "give an endpoint_url= that begins with http:// where there shall be no TLS",
    "api_version": "leave it out: there is one",
    "base_url": "it is endpoint_url= here",
    "max_retries": "it is retries= here, and counts the first attempt",
    "http_client": "give an httpx transport as transport=",
}


def explain(client: str, given: Iterable[str]) -> None:
    """Raise what is meant here by a name that a client does not know, if it is one of these.

    Args:
        client: The client's name.
        given: The names of the arguments.
    """
    for name in given:
        if name in _NAMES:
            raise TypeError(f"{client}() has no {name}=: {_NAMES[name]}") from None
