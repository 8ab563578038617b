"""Record today's spec and public Python API as those of the version in pyproject.toml.

Done once a release, after its version is set: from then on, `make contract-diff` compares with it.
"""

from __future__ import annotations

import argparse
import sys

from scripts.contract import released
from scripts.contract.facts import ContractError


def main() -> int:
    """Run the program; the exit status is 0 when the release is recorded."""
    argparse.ArgumentParser(
        prog="python -m scripts.record_release", description=__doc__
    ).parse_args()
    try:
        version = released.record()
    except ContractError as error:
        print(f"record-release: {error}", file=sys.stderr)
        return 2
    print(f"record-release: {version} is recorded under {released.RELEASED}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
