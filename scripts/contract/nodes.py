"""The nodes of a document: the way to each, and where a `$ref` leads."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, TypeAlias

import attrs

__all__ = ["Node", "Refusal", "Steps", "check", "pointer", "resolve", "walk"]

Steps: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead from the top of a document to a node."""

# The keys below which a reference names a component of that kind; elsewhere it names a schema.
_KINDS = {"parameters", "responses", "headers", "requestBodies", "securitySchemes", "examples"}


@attrs.frozen
class Refusal:
    """Where a document cannot be taken as it is; why, and what is accepted there."""

    steps: Steps
    problem: str


@attrs.frozen
class Node:
    """A node of a document, once its `$ref`, if any, is followed.

    Attributes:
        document: The document, in which every reference leads somewhere.
        steps: The way to the node itself, not to the reference.
        value: What is there.
    """

    document: dict[str, Any]
    steps: Steps
    value: Any

    def child(self, step: str | int) -> Node:
        """What is under a key or at a position."""
        steps, value = (*self.steps, step), self.value[step]
        while isinstance(value, dict) and "$ref" in value:
            steps, value = _target(value["$ref"]), self.document
            for each in steps:
                value = value[each]
        return Node(self.document, steps, value)

    def children(self, *below: str) -> Iterator[tuple[str | int, Node]]:
        """Each key or position of the node, or of one below if it is there, and what is there."""
        holder = self
        for key in below:
            if key not in holder.value:
                return
            holder = holder.child(key)
        keys = holder.value if isinstance(holder.value, dict) else range(len(holder.value))
        for step in keys:
            yield step, holder.child(step)

    def refusal(self, problem: str, *below: str | int) -> Refusal:
        """The refusal of this node, or of what is, or should be, below it."""
        return Refusal((*self.steps, *below), problem)


def resolve(document: dict[str, Any], node: Any) -> dict[str, Any]:
    """What a node is once its `$ref`, if any, is followed."""
    found: dict[str, Any] = Node(document, (), {"": node}).child("").value
    return found


def pointer(steps: Steps) -> str:
    """The JSON Pointer (RFC 6901) of a node."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def walk(node: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """A node and all below it, references not followed."""
    yield steps, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, (*steps, key))
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from walk(value, (*steps, position))


def check(document: dict[str, Any]) -> Iterator[Refusal]:
    """What keeps a document from being JSON, and every reference that cannot be followed."""
    for steps, node in walk(document):
        if isinstance(node, dict):
            for key in node:
                if not isinstance(key, str):
                    yield Refusal((*steps, key), "the key is no text; put it in quotation marks")
            if "$ref" in node and (problem := _problem(document, steps, node)):
                yield Refusal(steps, f"$ref {node['$ref']!r} {problem}")
        elif not isinstance(node, str | int | float | list | None):
            kind = type(node).__name__
            yield Refusal(steps, f"{node} is read as a {kind}; put it in quotation marks")


def _problem(document: dict[str, Any], steps: Steps, node: dict[str, Any]) -> str | None:
    """Why a reference cannot be followed."""
    if not isinstance(node["$ref"], str):
        return "is no text; '#/components/…' is accepted"
    if node.keys() != {"$ref"}:
        beside = ", ".join(sorted(map(str, node.keys() - {"$ref"})))
        return f"stands beside {beside}, which nothing reads; write it into what is referred to"
    kind = _kind(steps)
    if kind is None:
        return "is not followed here; write out what it stands for"
    components = document.get("components")
    named = components.get(kind) if isinstance(components, dict) else None
    names = list(named) if isinstance(named, dict) else []
    seen: list[str] = []
    target: Any = node
    while isinstance(target, dict) and "$ref" in target:
        reference = str(target["$ref"])
        *folder, name = _target(reference)
        if folder != ["components", kind] or name not in names:
            close = get_close_matches(name, names, n=1)
            meant = f"; did you mean #/components/{kind}/{close[0]}?" if close else ""
            return f"is not found; a name under #/components/{kind} is accepted{meant}"
        if reference in seen:
            return "leads back to itself; write out what it stands for"
        seen.append(reference)
        target = document["components"][kind][name]
    return None


def _kind(steps: Steps) -> str | None:
    """The components that a reference here may name; None for no reference at all."""
    if len(steps) < 2 or (steps[0] == "paths" and len(steps) == 2):
        return None
    if steps[-1] == "requestBody":
        return "requestBodies"
    above = steps[1] if steps[0] == "components" and len(steps) == 3 else steps[-2]
    return str(above) if above in _KINDS else "schemas"


def _target(reference: str) -> tuple[str, ...]:
    """The steps of a reference: `#/components/schemas/Body`."""
    return tuple(
        step.replace("~1", "/").replace("~0", "~")
        for step in reference.removeprefix("#/").split("/")
    )
