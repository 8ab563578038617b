from collections.abc import Mapping
from typing import NamedTuple
from wrapper._credentials import Credentials

__all__ = ['FieldNames', 'parse_object', 'credentials_from']

class FieldNames(NamedTuple):
    access_key_id: str = 'AccessKeyId'
    secret_access_key: str = 'SecretAccessKey'
    session_token: str = 'SessionToken'
    expiration: str = 'Expiration'

def parse_object(content: bytes | str, origin: str) -> Mapping[str, object]: ...
def credentials_from(fields: object, origin: str, names: FieldNames, *, is_temporary: bool) -> Credentials: ...
