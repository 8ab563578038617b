import attrs
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

__all__ = ['Credentials', 'CredentialsProvider']

@attrs.frozen(repr=False)
class Credentials:
    access_key_id: str
    secret_access_key: str
    session_token: str | None = ...
    expiration: datetime | None = attrs.field(default=None, validator=_is_aware)
CredentialsProvider: TypeAlias = Callable[[], Credentials]
