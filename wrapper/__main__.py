"""`python -m wrapper config`: which configuration a client would have here, and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from wrapper._config import Config, resolve_config
from wrapper._errors import SageMakerRuntimeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status is 0, or 1 where a client would be of no use."""
    parser = argparse.ArgumentParser(prog="python -m wrapper", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    config = commands.add_parser("config", help="show every setting and where its value comes from")
    config.add_argument("--profile", help="as if this profile= were given")
    config.add_argument("--region", help="as if this region= were given")
    config.add_argument("--endpoint-url", help="as if this endpoint_url= were given")
    config.add_argument(
        "--credentials",
        action="store_true",
        help="find credentials too, and say which provider serves",
    )
    given = parser.parse_args(arguments)
    try:
        found = resolve_config(
            profile=given.profile, region=given.region, endpoint_url=given.endpoint_url
        )
        print(found.explain())  # noqa: T201  # the command's output
        _check_client(given.profile, given.region, given.endpoint_url)
        if given.credentials:
            print(f"credentials       {_found_credentials(found)}")  # noqa: T201
    except SageMakerRuntimeError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _check_client(profile: str | None, region: str | None, endpoint_url: str | None) -> None:
    """Refuse what a client refuses, when it is made or at its first call."""
    from wrapper import SageMakerRuntimeClient
    from wrapper._engine.tls import tls_context

    with SageMakerRuntimeClient(region, profile=profile, endpoint_url=endpoint_url) as client:
        tls_context(client.config.verify)


def _found_credentials(config: Config) -> str:
    from wrapper.credentials import RefreshingCredentials, default_chain
    from wrapper.sigv4 import cached_signer

    chain = default_chain(config)
    credentials = RefreshingCredentials(chain).get()
    cached_signer(credentials, "20000101", config.region or "us-east-1", "sagemaker")
    hidden = f"****************{credentials.access_key_id[-4:]}"
    ends = credentials.expiration
    until = "do not expire" if ends is None else f"expire at {ends.isoformat()}"
    return f"{hidden}, from {chain.name}; they {until}"


if __name__ == "__main__":
    sys.exit(main())
