"""Credentials as programs, caches and services write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from wrapper._credentials import Credentials
from wrapper._errors import CredentialsError
from wrapper.credentials._expiration import parse_expiration

__all__ = ["FieldNames", "credentials_from", "parse_object"]


class FieldNames(NamedTuple):
    """What the fields are called where the credentials come from."""

    access_key_id: str = "AccessKeyId"
    secret_access_key: str = "SecretAccessKey"  # noqa: S105  # a field's name
    session_token: str = "SessionToken"  # noqa: S105  # a field's name
    expiration: str = "Expiration"


def parse_object(content: bytes | str, origin: str) -> Mapping[str, object]:
    """Parse a JSON object.

    Raises:
        CredentialsError: It is none; the text names `origin` and shows nothing of the content.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise CredentialsError(f"{origin} is not a JSON object.")
    return value


def credentials_from(
    fields: object, origin: str, names: FieldNames, *, is_temporary: bool
) -> Credentials:
    """Take credentials out of a mapping.

    Args:
        fields: The mapping.
        origin: What error texts call it.
        names: What its fields are called.
        is_temporary: Whether a token and an expiration have to be there.

    Raises:
        CredentialsError: It is no mapping, or a field is missing or malformed.
    """
    if not isinstance(fields, Mapping):
        raise CredentialsError(f"{origin} has no credentials in it.")
    for name in names if is_temporary else names[:2]:
        if not fields.get(name):
            raise CredentialsError(f"{origin} has no {name}.")
    access_key_id, secret_access_key, session_token, expiration = map(fields.get, names)
    for name, value in zip(names, (access_key_id, secret_access_key, session_token), strict=False):
        if not isinstance(value, str | None):
            raise CredentialsError(f"{origin} has something other than a string as {name}.")
    return Credentials(
        str(access_key_id),
        str(secret_access_key),
        session_token or None,
        parse_expiration(expiration, f"{origin}: its {names.expiration}") if expiration else None,
    )
