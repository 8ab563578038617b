"""The local runtime: a server on a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import re
import socket
import tempfile
import threading
import weakref
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError
from wrapper.local._app import App
from wrapper.local._endpoints import Endpoint, Endpoints
from wrapper.local._invocations import Limits
from wrapper.local._models import Model, ModelRequest, ModelResponse
from wrapper.local._object_store import ObjectStore
from wrapper.local._requests import RequestLog
from wrapper.local._server import Server
from wrapper.local._signatures import SignatureVerifier
from wrapper.local.faults import Faults

__all__ = ["LOCAL_CREDENTIALS", "LocalRuntime", "echo"]

LOCAL_CREDENTIALS = Credentials("AKIDLOCALRUNTIME", "local-secret")
"""What is accepted by default. They open nothing anywhere else."""

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0


async def echo(request: ModelRequest) -> ModelResponse:
    """The model that is served by default: answers the body it is given, with its media type."""
    return ModelResponse(request.body, content_type=request.content_type)


@attrs.frozen
class _Running:
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop
    server: Server
    socket: socket.socket
    url: str


class LocalRuntime:
    """An HTTP server that speaks the API of SageMaker Runtime; a context manager.

        with LocalRuntime({"double": lambda request: [2 * x for x in request.json()]}) as runtime:
            client = boto3.client("sagemaker-runtime", endpoint_url=runtime.url, ...)

    It runs on a thread of its own from `start` (or `with`) to `stop`, and may be started again.
    After a fork the child has no server; the parent's goes on.

    Args:
        endpoints: Models or `Endpoint`s by name; without it, one endpoint `echo`.
        credentials: What is accepted, one or several; by default `LOCAL_CREDENTIALS`.
        region: The region signatures must be scoped to.
        host: The address to listen on.
        port: The port to listen on; 0 for any free one.
        s3_root: The directory that stands for S3; by default a temporary one, gone with `stop`.
        invocation_timeout: Seconds a real-time model may take; the service's limit is 60.
        stream_timeout: Seconds a response stream may last; the service's limit is 480.
        max_body_bytes: The largest request body, by default 25 MiB; a larger one is answered 413.
        allow_remote: Allow a `host` that other machines can reach. Models, being code, then are
            within reach of whoever has the credentials.

    Raises:
        ConfigurationError: A name, a model, a region, a host or a limit is not valid.

    Attributes:
        endpoints: The endpoints; may be changed at any time: `runtime.endpoints["name"] = model`.
        faults: What to do in the place of true answers.
        requests: What was received.
        region: The region.
        credentials: The credentials accepted; of several the first.
        clock_offset: How far the server's clock is off; a `timedelta`, to be set at any time.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint | Model] | None = None,
        *,
        credentials: Credentials | Iterable[Credentials] = LOCAL_CREDENTIALS,
        region: str = "us-east-1",
        host: str = "127.0.0.1",
        port: int = 0,
        s3_root: str | os.PathLike[str] | None = None,
        invocation_timeout: float = 60.0,
        stream_timeout: float = 480.0,
        max_body_bytes: int = 25 * 1024 * 1024,
        allow_remote: bool = False,
    ) -> None:
        accepted = [credentials] if isinstance(credentials, Credentials) else list(credentials)
        if not accepted:
            raise ConfigurationError("give credentials to accept", setting="credentials")
        if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", region):
            raise ConfigurationError(
                f"region={region!r} is not a region's name such as us-east-1", setting="region"
            )
        if not 0 <= port <= 65535:
            raise ConfigurationError(f"port={port} must be from 0 to 65535", setting="port")
        for name, limit in (
            ("invocation_timeout", invocation_timeout),
            ("stream_timeout", stream_timeout),
            ("max_body_bytes", max_body_bytes),
        ):
            if not limit > 0:
                raise ConfigurationError(f"{name}={limit} must be more than 0", setting=name)
        if not allow_remote and not _is_loopback(host):
            raise ConfigurationError(
                f"host={host!r} can be reached from other machines: use 127.0.0.1, or say that "
                "it is meant with allow_remote",
                setting="host",
            )
        self.endpoints = Endpoints({"echo": echo} if endpoints is None else endpoints)
        self.faults = Faults()
        self.requests = RequestLog()
        self.region = region
        self.credentials = accepted[0]
        self.clock_offset = timedelta(0)
        self._verifier = SignatureVerifier(accepted, region, self._now)
        self._limits = Limits(invocation_timeout, stream_timeout, max_body_bytes)
        self._address = (host, port)
        self._s3_root = s3_root
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """The base URL, for example `http://127.0.0.1:43210`: of SageMaker Runtime and of S3.

        Raises:
            RuntimeError: The runtime is not running.
        """
        if self._running is None:
            raise RuntimeError("the local runtime is not running: use it in a `with` statement")
        return self._running.url

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lead any AWS client here, session token included.

        Raises:
            RuntimeError: The runtime is not running.
        """
        token = self.credentials.session_token
        return {
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self.url,
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            **({} if token is None else {"AWS_SESSION_TOKEN": token}),
        }

    def start(self) -> Self:
        """Start serving.

        Raises:
            ConfigurationError: The address cannot be listened on.
            RuntimeError: It is running already.
        """
        if self._running is not None:
            raise RuntimeError("the local runtime is running already")
        listener = _listen(*self._address)
        started: Future[tuple[asyncio.AbstractEventLoop, Server]] = Future()
        thread = threading.Thread(
            target=self._run, args=(listener, started), name="local-sagemaker-runtime", daemon=True
        )
        thread.start()
        try:
            loop, server = started.result(_START_SECONDS)
        except BaseException:
            listener.close()
            raise
        host, port = listener.getsockname()[:2]
        self._running = _Running(
            thread=thread,
            loop=loop,
            server=server,
            socket=listener,
            url=f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}",
        )
        _all_running.add(self)
        return self

    def stop(self) -> None:
        """Stop serving: what is still being answered is cut. Does nothing when not running."""
        running, self._running = self._running, None
        _all_running.discard(self)
        if running is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            running.loop.call_soon_threadsafe(running.server.stopping.set)
        running.thread.join(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = "not running" if self._running is None else self._running.url
        return f"<LocalRuntime {where}, endpoints {sorted(self.endpoints)}>"

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.clock_offset

    def _run(
        self, listener: socket.socket, started: Future[tuple[asyncio.AbstractEventLoop, Server]]
    ) -> None:
        try:
            asyncio.run(self._serve(listener, started))
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    async def _serve(
        self, listener: socket.socket, started: Future[tuple[asyncio.AbstractEventLoop, Server]]
    ) -> None:
        with contextlib.ExitStack() as stack:
            if self._s3_root is None:
                temporary = tempfile.TemporaryDirectory(prefix="local-s3-")
                root = Path(stack.enter_context(temporary))
            else:
                root = Path(self._s3_root)
            app = App(
                endpoints=self.endpoints,
                region=self.region,
                verifier=self._verifier,
                store=ObjectStore(root),
                limits=self._limits,
                faults=self.faults,
                requests=self.requests,
                clock=self._now,
            )
            loop = asyncio.get_running_loop()
            async with app:
                server = Server(app, lambda: started.set_result((loop, server)))
                await server.serve(sockets=[listener])

    def _forget_in_child(self) -> None:
        # The thread is the parent's; an open listener would keep the port busy after it ends.
        if self._running is not None:
            self._running.socket.close()
            self._running = None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    try:
        # With the protocol said: asyncio turns Nagle's algorithm off only where it is TCP's.
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {host}: {error}", setting="host") from error
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {error.strerror}", setting="port"
        ) from error
    return listener


_all_running: weakref.WeakSet[LocalRuntime] = weakref.WeakSet()


def _forget_all_in_child() -> None:
    for runtime in list(_all_running):
        runtime._forget_in_child()  # noqa: SLF001
    _all_running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all_in_child)
