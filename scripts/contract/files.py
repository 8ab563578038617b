"""The files that the chain reads: one that is missing or garbled is one line, with the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from scripts.contract.facts import ContractError

__all__ = ["line_of", "read_text", "read_yaml"]


def read_text(path: Path) -> str:
    """Read a text.

    Raises:
        ContractError: It is missing, cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ContractError(f"{path}: no such file; bring it back from version control") from None
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ContractError(
            f"{path}: does not parse: not UTF-8 at byte {error.start}; mend it"
        ) from None


def read_yaml(path: Path) -> Any:
    """Read a YAML document.

    Raises:
        ContractError: It is missing or does not parse.
    """
    text = read_text(path)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise ContractError(f"{path}{line}: does not parse: {problem}; mend the YAML") from None
    except ValueError as error:  # a date that no calendar has
        raise ContractError(f"{path}: does not parse: {error}; mend the YAML") from None
    except RecursionError:
        raise ContractError(f"{path}: does not parse: it is nested too deeply") from None


def line_of(path: Path, steps: Sequence[str | int]) -> int:
    """The line of a YAML file where a node begins, or what is nearest above it."""
    node, line = yaml.compose(read_text(path), yaml.SafeLoader), 1
    for step in steps:
        found: list[tuple[yaml.Node, yaml.Node]] = []
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            found = [(value, value) for value in node.value[step : step + 1]]
        if not found:
            break
        key, node = found[-1]
        line = key.start_mark.line + 1
    return line
