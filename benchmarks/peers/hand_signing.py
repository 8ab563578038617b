"""Signature Version 4 as somebody writes it who has only an HTTP library.

Lean on purpose: the HTTP libraries shall be measured, not a slow signer beside them.
"""

from __future__ import annotations

import hmac
import time
from functools import lru_cache
from hashlib import sha256

from account import ACCESS_KEY_ID, CONTENT_TYPE, REGION, SECRET_ACCESS_KEY, SERVICE

_SIGNED = "content-type;host;x-amz-date"


@lru_cache(maxsize=1)
def _signing_key(day: str) -> bytes:
    key = f"AWS4{SECRET_ACCESS_KEY}".encode()
    for part in (day, REGION, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signed_headers(host: str, path: str, body: bytes) -> dict[str, str]:
    """The headers of a signed POST."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{date[:8]}/{REGION}/{SERVICE}/aws4_request"
    canonical = (
        f"POST\n{path}\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{date}\n\n"
        f"{_SIGNED}\n{sha256(body).hexdigest()}"
    )
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_signing_key(date[:8]), text.encode(), "sha256").hex()
    return {
        "Content-Type": CONTENT_TYPE,
        "Host": host,
        "X-Amz-Date": date,
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/{scope}, "
            f"SignedHeaders={_SIGNED}, Signature={signature}"
        ),
    }
