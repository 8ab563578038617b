"""Regenerate the raw client from the spec.

Generates aside, then swaps the folder whole: nothing stale survives, and a failure changes nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from scripts.contract import generation, lint, lock, spec
from scripts.contract.facts import ContractError


def regenerate(*, force: bool) -> list[str]:
    """Regenerate, and give the names of the files that changed.

    Args:
        force: Overwrite files that were edited by hand, too.

    Raises:
        ContractError: The spec, the tools or the present output are not fit; nothing was changed.
    """
    document = spec.load(spec.SPEC)
    if faults := lint.check(document):
        raise ContractError(
            f"{spec.SPEC}: {faults[0].where}: {faults[0].ours}; {faults[0].remedy}"
            f"{f' (and {len(faults) - 1} more)' if faults[1:] else ''}"
        )
    lock.require_pinned_tools()
    for path in generation.strays(generation.PACKAGE):
        if path.name.startswith(generation.SCRATCH) and path.is_dir():
            shutil.rmtree(path)
            print(f"removed {path}, left by a `make regen` that was stopped")
        else:
            raise ContractError(f"{path}: not made by `make regen`; move it elsewhere or delete it")
    before = generation.read_tree(generation.PACKAGE)
    edited = lock.edited_files(before) if before and not force else []
    if edited:
        raise ContractError(
            f"{generation.PACKAGE / edited[0]}: not as `make regen` left it"
            f"{f' (nor are {len(edited) - 1} more files)' if len(edited) > 1 else ''}; "
            "move the change to the spec or to openapi/templates/, then `make regen FORCE=1`"
        )
    generation.PACKAGE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=generation.PACKAGE.parent, prefix=generation.SCRATCH
    ) as scratch:
        fresh, old = Path(scratch) / generation.PACKAGE.name, Path(scratch) / "old"
        generation.generate(document, fresh)
        after = generation.read_tree(fresh)
        lock.write(lock.record(spec.SPEC, after))
        if generation.PACKAGE.exists():
            shutil.move(generation.PACKAGE, old)
        shutil.move(fresh, generation.PACKAGE)
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def main() -> int:
    """Run the program; the exit status is 0 for a fresh raw client, 2 when nothing was changed."""
    parser = argparse.ArgumentParser(prog="python -m scripts.regen", description=__doc__)
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that were edited by hand, too"
    )
    arguments = parser.parse_args()
    try:
        changed = regenerate(force=arguments.force)
    except ContractError as error:
        print(f"regen: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"regen: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for name in changed:
        print(f"changed {generation.PACKAGE / name}")
    files = "1 file" if len(changed) == 1 else f"{len(changed)} files"
    print(f"regen: {files} changed under {generation.PACKAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
