import ssl
from wrapper._config import Verify

__all__ = ['tls_context', 'check_protocol']

def tls_context(verify: Verify) -> ssl.SSLContext: ...
def check_protocol(connection: ssl.SSLSocket | ssl.SSLObject) -> None: ...
