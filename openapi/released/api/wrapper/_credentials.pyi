from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias
from wrapper._values import Value

__all__ = ['Credentials', 'CredentialsProvider']

class Credentials(Value):
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expiration: datetime | None = None
CredentialsProvider: TypeAlias = Callable[[], Credentials]
