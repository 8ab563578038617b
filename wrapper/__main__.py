"""`python -m wrapper config`: which configuration a client would have here, and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from wrapper._config import resolve_config
from wrapper._errors import SageMakerRuntimeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status is 0, or 1 where a client could not be made."""
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
        if given.credentials:
            from wrapper.credentials import default_chain

            chain = default_chain(found)
            credentials = chain.load()
            hidden = f"****************{credentials.access_key_id[-4:]}"
            ends = credentials.expiration
            until = "do not expire" if ends is None else f"expire at {ends.isoformat()}"
            print(f"credentials       {hidden}, from {chain.name}; they {until}")  # noqa: T201
    except SageMakerRuntimeError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
