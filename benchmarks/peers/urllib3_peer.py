"""urllib3, signed by hand."""

from __future__ import annotations

import urllib3
from account import invocations_path
from hand_signing import signed_headers


class SyncPeer:
    def __init__(self, url: str, bundle: str, in_flight: int) -> None:
        self._url = url
        self._host = url.partition("://")[2]
        # Tuned where it must be: by default it keeps one connection.
        tuned = {"maxsize": in_flight} if in_flight > 1 else {}
        self._pool = urllib3.PoolManager(ca_certs=bundle, **tuned)

    def call(self, endpoint: str, body: bytes) -> bytes:
        path = invocations_path(endpoint)
        answer = self._pool.request(
            "POST", self._url + path, body=body, headers=signed_headers(self._host, path, body)
        )
        if answer.status != 200:
            raise RuntimeError(f"status {answer.status}")
        return answer.data

    def close(self) -> None:
        self._pool.clear()
