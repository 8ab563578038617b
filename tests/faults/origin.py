"""An origin that answers each operation with what was sent to it.

Whoever gets somebody else's answer can tell.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING

from tests.faults.catalogue import raw_answer

if TYPE_CHECKING:
    from tests.faults.proxy import Seen

__all__ = ["echo", "frame", "frames"]


def frame(payload: bytes, headers: dict[str, str]) -> bytes:
    """A message of an event stream (`application/vnd.amazon.eventstream`)."""
    encoded = b"".join(
        struct.pack("!B", len(name))
        + name.encode()
        + struct.pack("!BH", 7, len(value))
        + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(encoded) + len(payload), len(encoded))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + encoded + payload
    return message + struct.pack("!I", zlib.crc32(message))


def frames(body: bytes, size: int) -> list[bytes]:
    """A body as the events of a response stream."""
    headers = {":message-type": "event", ":event-type": "PayloadPart"}
    return [frame(body[at : at + size], headers) for at in range(0, len(body), size)]


async def echo(seen: Seen, _: bytes) -> bytes:
    """Answer with what was sent."""
    said = [("x-amzn-requestid", seen.headers.get("x-amzn-sagemaker-inference-id", "none"))]
    if seen.target.endswith("/async-invocations"):
        where = seen.headers["x-amzn-sagemaker-inputlocation"]
        body = json.dumps({"InferenceId": seen.headers.get("x-amzn-sagemaker-inference-id")})
        said.append(("X-Amzn-SageMaker-OutputLocation", where))
        return raw_answer(202, body.encode(), said)
    if seen.target.endswith("/invocations-response-stream"):
        said.append(("Content-Type", "application/vnd.amazon.eventstream"))
        return raw_answer(200, b"".join(frames(seen.body, 256)), said)
    return raw_answer(200, seen.body, [*said, ("Content-Type", "application/octet-stream")])
