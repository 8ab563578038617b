from datetime import datetime

__all__ = ['parse_expiration']

def parse_expiration(value: object, origin: str) -> datetime: ...
