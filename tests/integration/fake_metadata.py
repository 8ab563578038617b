"""One loopback server that plays every service that hands out credentials, faults included.

EC2 instance metadata (versions 1 and 2), a container's endpoint, STS, the SSO portal and its OIDC
token endpoint. What an answer holds follows from what was asked with, so that two clients that get
the same access key have asked the same question. The secret of any access key is `secret-of-` and
the key, so that signatures can be checked, with botocore.

As a proxy it records the requests that come through it.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

__all__ = ["FakeMetadata", "Fault", "derived_key", "secret_of", "serve"]

ROLE = "web+server@role"


def derived_key(*parts: object) -> str:
    """An access key that stands for what was asked."""
    return "ASIA" + hashlib.sha256(repr(parts).encode()).hexdigest()[:16].upper()


def secret_of(access_key: str) -> str:
    return f"secret-of-{access_key}"


@dataclass
class Fault:
    """What a route answers instead; None for what is usual."""

    status: int | None = None
    body: bytes | None = None
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    """Close the connection after half of the body."""


@dataclass
class Request:
    method: str
    path: str
    headers: Message
    body: bytes


class FakeMetadata:
    """What the server does and has seen.

    Attributes:
        url: Where it listens.
        requests: What came, in order.
        faults: By route (`imds-token`, `imds-role`, `imds-credentials`, `container`, `sts`, `sso`,
            `oidc`, `proxy`): answers to give instead, one after the other; the last stays.
        lifetime: How long credentials last, in seconds.
        now: The time that lifetimes count from.
        generation: Part of every key of the metadata routes: a new one is a rotation.
        imds_tokens: The tokens that are valid.
        container_tokens: What the container's endpoint takes as `Authorization`; None for anything.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.faults: dict[str, list[Fault]] = {}
        self.lifetime = 6 * 3600.0
        self.now = time.time
        self.generation = 0
        self.imds_tokens: set[str] = set()
        self.imds_version_2_only = True
        self.container_tokens: set[str] | None = None
        self.sso_tokens: set[str] | None = None
        self.refresh_tokens: set[str] | None = None
        self.lock = threading.Lock()

    def routes(self) -> list[str]:
        """The routes that were asked, in order."""
        return [route_of(request) for request in self.requests]

    def count(self, route: str) -> int:
        return self.routes().count(route)

    def expiration(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC) + timedelta(seconds=self.lifetime)

    def expires(self) -> str:
        return self.expiration().strftime("%Y-%m-%dT%H:%M:%SZ")

    # Each route: (status, headers, body)

    def imds_token(self, request: Request) -> tuple[int, str]:
        if not request.headers.get("x-aws-ec2-metadata-token-ttl-seconds"):
            return 400, "no lifetime"
        token = f"token-{len(self.requests)}"
        self.imds_tokens.add(token)
        return 200, token

    def _imds_refuses(self, request: Request) -> bool:
        token = request.headers.get("x-aws-ec2-metadata-token")
        return token not in self.imds_tokens if token else self.imds_version_2_only

    def imds_role(self, request: Request) -> tuple[int, str]:
        return (401, "") if self._imds_refuses(request) else (200, ROLE)

    def imds_credentials(self, request: Request) -> tuple[int, str]:
        if self._imds_refuses(request):
            return 401, ""
        return 200, self._metadata("imds")

    def container(self, request: Request) -> tuple[int, str]:
        token = request.headers.get("Authorization")
        if self.container_tokens is not None and token not in self.container_tokens:
            return 403, '{"message": "not you"}'
        return 200, self._metadata("container", request.path, token)

    def _metadata(self, *parts: object) -> str:
        key = derived_key(*parts, self.generation)
        return json.dumps(
            {
                "Code": "Success",
                "AccessKeyId": key,
                "SecretAccessKey": secret_of(key),
                "Token": f"token-of-{key}",
                "Expiration": self.expires(),
            }
        )

    def sts(self, request: Request) -> tuple[int, str]:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        action = form.pop("Action")
        form.pop("RoleSessionName") if form["RoleSessionName"].startswith(
            ("botocore-session-", "sagemaker-runtime-client-")
        ) else None
        if action == "AssumeRole":
            signer = check_signature(request)
            if signer is None:
                return 403, sts_error("SignatureDoesNotMatch", "The canonical string was …")
        else:
            signer = "nobody"
            if "Authorization" in request.headers:
                return 400, sts_error("ValidationError", "this call is not signed")
        key = derived_key(action, signer, sorted(form.items()))
        return 200, (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<{action}Result><AssumedRoleUser><AssumedRoleId>ID:x</AssumedRoleId>"
            "<Arn>arn:aws:sts::123456789012:assumed-role/r/x</Arn></AssumedRoleUser><Credentials>"
            f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret_of(key)}</SecretAccessKey>"
            f"<SessionToken>token-of-{key}</SessionToken><Expiration>{self.expires()}</Expiration>"
            f"</Credentials></{action}Result></{action}Response>"
        )

    def sso(self, request: Request) -> tuple[int, str]:
        token = request.headers.get("x-amz-sso_bearer_token")
        if self.sso_tokens is not None and token not in self.sso_tokens:
            return 401, '{"message": "Session token not found or invalid"}'
        query = sorted(parse_qs(urlsplit(request.path).query).items())
        key = derived_key("sso", token, query)
        return 200, json.dumps(
            {
                "roleCredentials": {
                    "accessKeyId": key,
                    "secretAccessKey": secret_of(key),
                    "sessionToken": f"token-of-{key}",
                    "expiration": int(self.expiration().timestamp() * 1000),
                }
            }
        )

    def oidc(self, request: Request) -> tuple[int, str]:
        form = json.loads(request.body)
        if self.refresh_tokens is not None and form["refreshToken"] not in self.refresh_tokens:
            return 400, '{"error": "invalid_grant", "error_description": "no such grant"}'
        return 200, json.dumps(
            {
                "accessToken": f"refreshed-by-{form['refreshToken']}",
                "expiresIn": 3600,
                "refreshToken": f"after-{form['refreshToken']}",
                "tokenType": "Bearer",
            }
        )

    def proxy(self, _: Request) -> tuple[int, str]:
        return 502, "the proxy was asked"

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes, bool]:
        route = route_of(request)
        with self.lock:
            self.requests.append(request)
            faults = self.faults.get(route, [])
            fault = Fault() if not faults else faults.pop(0) if len(faults) > 1 else faults[0]
        if fault.delay:
            time.sleep(fault.delay)
        if fault.status is None and fault.body is None:
            status, text = getattr(self, route.replace("-", "_"), lambda _: (404, ""))(request)
            body = text.encode()
        else:
            status, body = fault.status or 200, fault.body or b""
        return status, fault.headers, body, fault.cut


def route_of(request: Request) -> str:
    path = urlsplit(request.path).path
    if request.method == "CONNECT" or "://" in request.path:
        return "proxy"
    if path == "/latest/api/token":
        return "imds-token" if request.method == "PUT" else "unknown"
    if path.startswith("/latest/meta-data/iam/security-credentials/"):
        return "imds-role" if path.endswith("/") else "imds-credentials"
    if path.startswith("/container"):
        return "container"
    if path == "/federation/credentials":
        return "sso"
    if path == "/token":
        return "oidc"
    return "sts" if request.method == "POST" and path == "/" else "unknown"


def sts_error(code: str, message: str) -> str:
    return (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId>"
        "</ErrorResponse>"
    )


def check_signature(request: Request) -> str | None:
    """The access key that signed the request, where botocore computes the same signature."""
    scheme, _, rest = request.headers["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    access_key, _, region, service, _ = parts["Credential"].split("/")
    signed = {name: request.headers[name] for name in parts["SignedHeaders"].split(";")}
    again = AWSRequest("POST", f"http://{request.headers['Host']}/", signed, request.body)
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = SigV4Auth(BotocoreCredentials(access_key, secret_of(access_key)), service, region)
    expected = signer.signature(
        signer.string_to_sign(again, signer.canonical_request(again)), again
    )
    same = (scheme, service, expected) == ("AWS4-HMAC-SHA256", "sts", parts["Signature"])
    has_token = request.headers.get("X-Amz-Security-Token") == f"token-of-{access_key}"
    return access_key if same and (has_token or not access_key.startswith("ASIA")) else None


@contextmanager
def serve(context: ssl.SSLContext | None = None) -> Iterator[FakeMetadata]:
    """Serve on a free loopback port, with TLS if there is a context."""
    fake = FakeMetadata()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            status, headers, content, cut = fake.answer(
                Request(self.command, self.path, self.headers, body)
            )
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if cut else content)
            except OSError:
                cut = True  # the client went away
            if cut:
                self.close_connection = True

        do_GET = do_PUT = do_POST = do_CONNECT = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        fake.url = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
