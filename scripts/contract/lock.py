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
from typing import Any

from scripts.contract.facts import ContractError, Difference

__all__ = ["LOCK", "check", "edited_files", "load", "record", "require_pinned_tools", "write"]

LOCK = Path("openapi/spec.lock")
REQUIREMENTS = Path("requirements/dev.in")

TOOLS = {"generator": "openapi-python-client", "formatter": "ruff", "upstream": "botocore"}


def load() -> dict[str, Any]:
    """The lock, or an empty one where there is none yet.

    Raises:
        ContractError: The file is not what `make regen` writes.
    """
    try:
        recorded = json.loads(LOCK.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ContractError(f"{LOCK}: does not parse ({error}); run `make regen FORCE=1`") from None
    if not isinstance(recorded, dict):
        raise ContractError(f"{LOCK}: is not what `make regen` writes; run `make regen FORCE=1`")
    return recorded


def record(spec_path: Path, files: Mapping[str, bytes]) -> dict[str, Any]:
    """What a lock says of a document and of the files made from it."""
    return {
        "spec": {"path": spec_path.as_posix(), "sha256": _sha256(spec_path.read_bytes())},
        "tools": {role: f"{name}=={_installed(name)}" for role, name in TOOLS.items()},
        "files": {name: _sha256(content) for name, content in sorted(files.items())},
    }


def write(recorded: Mapping[str, Any]) -> None:
    """Write the lock, whole or not at all."""
    scratch = LOCK.with_suffix(".lock.new")
    scratch.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")
    scratch.replace(LOCK)


def require_pinned_tools() -> None:
    """Refuse to generate with other versions than the pinned ones.

    Raises:
        ContractError: A tool is missing or of another version.
    """
    pins = dict(
        line.split("==")
        for line in REQUIREMENTS.read_text(encoding="utf-8").split()
        if "==" in line and not line.startswith("#")
    )
    for name in TOOLS.values():
        installed = _installed(name)
        if installed != pins[name]:
            raise ContractError(
                f"{REQUIREMENTS}: {name} is pinned to {pins[name]}, installed is {installed}; "
                "run `make setup`"
            )


def edited_files(files: Mapping[str, bytes]) -> list[str]:
    """Files that differ from what the last `make regen` wrote, went missing or were added."""
    recorded: dict[str, str] = load().get("files", {})
    now = {name: _sha256(content) for name, content in files.items()}
    return sorted(name for name in {*now, *recorded} if now.get(name) != recorded.get(name))


def check(spec_path: Path, files: Mapping[str, bytes]) -> list[Difference]:
    """Compare the lock with the document, the tools and the files that are here."""
    recorded, now = load(), record(spec_path, files)
    remedy = "run `make regen`, and commit what it writes"
    found: list[Difference] = []
    for section in ("spec", "tools", "files"):
        before, after = recorded.get(section, {}), now[section]
        found += [
            Difference("lock", f"{LOCK}: {section}.{key}", after.get(key), before.get(key), remedy)
            for key in sorted({*before, *after})
            if before.get(key) != after.get(key)
        ]
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
