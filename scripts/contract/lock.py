"""`openapi/spec.lock`: what the raw client was made from, and with.

It records the document's hash, the generator's, the formatter's and upstream's versions, and the
hash of every file that came out, so that an edit by hand is noticed before it is overwritten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scripts.contract.facts import ContractError, Difference
from scripts.contract.files import read_text

__all__ = ["LOCK", "check", "edited_files", "load", "record", "require_pinned_tools", "write"]

LOCK = Path("openapi/spec.lock")
REQUIREMENTS = Path("requirements/dev.in")

_SECTIONS = ("spec", "tools", "files")
_ANEW = "run `make regen FORCE=1`"

TOOLS = {"generator": "openapi-python-client", "formatter": "ruff", "upstream": "botocore"}


def load() -> dict[str, dict[str, str]]:
    """The lock.

    Raises:
        ContractError: There is none, or it is not what `make regen` writes.
    """
    if not LOCK.exists():
        raise ContractError(f"{LOCK}: no such file, so edits by hand cannot be told; {_ANEW}")
    try:
        recorded = json.loads(read_text(LOCK))
    except ValueError as error:
        raise ContractError(f"{LOCK}: does not parse ({error}); {_ANEW}") from None
    except RecursionError:
        raise ContractError(f"{LOCK}: is nested too deeply; {_ANEW}") from None
    if (
        not isinstance(recorded, dict)
        or recorded.keys() != set(_SECTIONS)
        or not all(isinstance(section, dict) for section in recorded.values())
        or not all(isinstance(each, str) for part in recorded.values() for each in part.values())
    ):
        raise ContractError(f"{LOCK}: is not what `make regen` writes; {_ANEW}")
    return recorded


def record(spec_path: Path, files: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    """What a lock says of a document and of the files made from it."""
    return {
        "spec": {"path": spec_path.as_posix(), "sha256": _sha256(spec_path.read_bytes())},
        "tools": {role: f"{name}=={_installed(name)}" for role, name in TOOLS.items()},
        "files": {name: _sha256(content) for name, content in sorted(files.items())},
    }


def write(recorded: Mapping[str, Mapping[str, str]]) -> None:
    """Write the lock, whole or not at all."""
    scratch = LOCK.with_suffix(".lock.new")
    try:
        scratch.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")
        scratch.replace(LOCK)
    finally:
        scratch.unlink(missing_ok=True)


def require_pinned_tools() -> None:
    """Refuse to generate with other versions than the pinned ones.

    Raises:
        ContractError: A tool is missing or of another version.
    """
    wanted, locked = _pins(REQUIREMENTS), _pins(REQUIREMENTS.with_suffix(".txt"))
    for name in TOOLS.values():
        installed = _installed(name)
        if name not in wanted:
            raise ContractError(f"{REQUIREMENTS}: does not pin {name}; add `{name}=={installed}`")
        if installed == wanted[name]:
            continue
        # One make makes each target once: `make lock setup` would install nothing.
        is_locked = locked.get(name) == wanted[name]
        remedy = "`make setup -B`" if is_locked else "`make lock`, then `make setup`"
        raise ContractError(
            f"{REQUIREMENTS}: {name} is pinned to {wanted[name]}, installed is {installed}; "
            f"run {remedy}"
        )


def edited_files(files: Mapping[str, bytes]) -> list[str]:
    """Files that differ from what the last `make regen` wrote, went missing or were added."""
    recorded = load()["files"]
    now = {name: _sha256(content) for name, content in files.items()}
    return sorted(name for name in {*now, *recorded} if now.get(name) != recorded.get(name))


def check(spec_path: Path, files: Mapping[str, bytes]) -> list[Difference]:
    """Compare the lock with the document, the tools and the files that are here."""
    try:
        recorded = load()
    except ContractError as error:
        said = str(error).removeprefix(f"{LOCK}: ").removesuffix(f"; {_ANEW}")
        return [Difference("lock", str(LOCK), "what `make regen` writes", said, _ANEW)]
    now = record(spec_path, files)
    remedy = "run `make regen`, and commit what it writes"
    return [
        Difference("lock", f"{LOCK}: {section}.{key}", after.get(key), before.get(key), remedy)
        for section, before, after in ((each, recorded[each], now[each]) for each in _SECTIONS)
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def _pins(path: Path) -> dict[str, str]:
    """The versions that a file of requirements names."""
    words = (line.split() for line in read_text(path).splitlines() if not line.startswith("#"))
    pinned = (line[0].partition("==") for line in words if line and "==" in line[0])
    return {name: pin for name, _, pin in pinned}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
