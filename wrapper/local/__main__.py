"""`python -m wrapper.local`: a local SageMaker Runtime in a shell."""

from __future__ import annotations

import argparse
import logging
import os
import re
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError

if TYPE_CHECKING:
    from wrapper.local import Endpoint, Variant

__all__ = ["main"]

_SECRET_VARIABLE = "AWS_SECRET_ACCESS_KEY"  # noqa: S105  # its name
_TOKEN_VARIABLE = "AWS_SESSION_TOKEN"  # noqa: S105  # its name
# What of a shell could lead a client elsewhere, or sign with something else.
_STRAY_VARIABLES = (_TOKEN_VARIABLE, "AWS_PROFILE", "AWS_DEFAULT_PROFILE")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m wrapper.local",
        description="Serve the API of Amazon SageMaker Runtime on this machine.",
        epilog="MODEL is a container's base URL (http://127.0.0.1:8080: it answers GET /ping and "
        "POST /invocations) or a callable (package.module:name). Without an endpoint there is "
        "one, `echo`, which answers what it is sent.",
    )
    parser.add_argument(
        "--endpoint",
        action="append",
        default=[],
        metavar="NAME=MODEL",
        help="serve an endpoint; may be repeated",
    )
    parser.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="NAME/VARIANT[:WEIGHT]=MODEL",
        help="serve a production variant of an endpoint; may be repeated",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: any free one")
    parser.add_argument("--region", default="us-east-1", help="AWS region (%(default)s)")
    parser.add_argument(
        "--access-key-id",
        metavar="ID",
        help=f"accept this access key, with the secret in ${_SECRET_VARIABLE} and a session token "
        f"in ${_TOKEN_VARIABLE}, if any; by default AKIDLOCALRUNTIME with local-secret",
    )
    parser.add_argument(
        "--s3-root", metavar="DIR", help="the directory that stands for S3 (a temporary one)"
    )
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="allow a --host that other machines can reach",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="do not tell of each request on standard error"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until interrupted or terminated.

    Args:
        arguments: The command line; by default the process's.

    Returns:
        The exit status: 0, or 2 when something given is not valid.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        from wrapper.local import LOCAL_CREDENTIALS, LocalRuntime

        credentials = LOCAL_CREDENTIALS
        if options.access_key_id is not None:
            credentials = _credentials(options.access_key_id)
        with LocalRuntime(
            _endpoints(options.endpoint, options.variant),
            credentials=credentials,
            region=options.region,
            host=options.host,
            port=options.port,
            s3_root=options.s3_root,
            allow_remote=options.allow_remote,
        ) as runtime:
            if not options.quiet:
                _tell_of_requests()
            stop = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
            print(  # noqa: T201
                f"SageMaker Runtime on {runtime.url} with {', '.join(runtime.endpoints)}; to call "
                f"it: {_exports(runtime.environment, has_own=options.access_key_id is not None)}",
                flush=True,
            )
            while not stop.wait(0.5):  # a wait without end cannot be interrupted on Windows
                pass
    except (ConfigurationError, ImportError, OSError) as error:
        parser.error(str(error))
    return 0


def _exports(settings: dict[str, str], *, has_own: bool) -> str:
    """The line that leads the clients of a shell here; without secrets that it has already."""
    if has_own:
        settings.pop(_SECRET_VARIABLE)
        settings.pop(_TOKEN_VARIABLE, None)
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
    return (
        f"export {exports}" if has_own else f"unset {' '.join(_STRAY_VARIABLES)}; export {exports}"
    )


def _tell_of_requests() -> None:
    logger = logging.getLogger("wrapper.local")
    logger.addHandler(logging.StreamHandler())
    logger.setLevel(logging.INFO)


def _credentials(access_key_id: str) -> Credentials:
    secret = os.environ.get(_SECRET_VARIABLE)
    if not secret:
        raise ConfigurationError(
            f"--access-key-id needs its secret in ${_SECRET_VARIABLE}", setting=_SECRET_VARIABLE
        )
    return Credentials(access_key_id, secret, os.environ.get(_TOKEN_VARIABLE) or None)


def _endpoints(endpoints: Sequence[str], variants: Sequence[str]) -> dict[str, Endpoint] | None:
    from wrapper.local import Endpoint, Variant

    found: dict[str, Endpoint] = {}
    for text in endpoints:
        name, model = _split(text, "--endpoint")
        if name in found:
            raise ConfigurationError(f"--endpoint {name} is given twice", setting="--endpoint")
        found[name] = Endpoint(model)
    grouped: dict[str, dict[str, Variant]] = {}
    for text in variants:
        names, model = _split(text, "--variant")
        match = re.fullmatch(r"([^/:]+)/([^/:]+)(?::([0-9]*\.?[0-9]+))?", names)
        if match is None:
            raise ConfigurationError(
                f"--variant {text!r} is not NAME/VARIANT[:WEIGHT]=MODEL", setting="--variant"
            )
        weight = 1.0 if match[3] is None else float(match[3])
        grouped.setdefault(match[1], {})[match[2]] = Variant(model, weight)
    for name, named in grouped.items():
        if name in found:
            raise ConfigurationError(
                f"{name} has both --endpoint and --variant: use one of them", setting="--variant"
            )
        found[name] = Endpoint(variants=named)
    return found or None


def _split(text: str, option: str) -> tuple[str, str]:
    name, _, model = text.partition("=")
    if not name or not model:
        raise ConfigurationError(f"{option} {text!r} is not NAME=MODEL", setting=option)
    return name, model


if __name__ == "__main__":
    sys.exit(main())
