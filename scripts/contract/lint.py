"""What a valid OpenAPI document can still get wrong: things without words, unused, or untrue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from scripts.contract import spec
from scripts.contract.facts import Difference
from scripts.contract.nodes import resolve

__all__ = ["check"]


def check(document: dict[str, Any]) -> list[Difference]:
    """Everything that the document should not be like."""
    return [
        Difference("lint", where, "a document without this", problem, remedy)
        for where, problem, remedy in sorted(_problems(document))
    ]


def _problems(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield from _unused_components(document)
    yield from _patterns(document, "")
    for server in document["servers"]:
        if not server["url"].startswith("https://"):
            yield f"servers.{server['url']}", "not https", "every endpoint of the service is https"
    for path, _, operation in spec.operations(document):
        name = operation["operationId"]
        for key in ("summary", "description", "security"):
            if not operation.get(key):
                yield f"{name}.{key}", "missing", "every operation has one"
        if "#" in path or "?" in path:
            yield f"{name}.path", path, "a path has neither a query nor a fragment"
        for parameter in spec.parameters(document, operation):
            yield from _parameter(
                document, f"{name}.{parameter['in']}.{parameter['name']}", parameter
            )
        for status, reference in operation["responses"].items():
            response = resolve(document, reference)
            for header, node in response.get("headers", {}).items():
                if not resolve(document, node).get("description"):
                    yield f"{name}.{status}.{header}", "no description", "say what it means"
            if not status.startswith("2") and "x-amz-error" not in response:
                yield (
                    f"{name}.{status}",
                    "no x-amz-error",
                    "name the error as the service model does",
                )


def _parameter(
    document: dict[str, Any], where: str, parameter: dict[str, Any]
) -> Iterator[tuple[str, str, str]]:
    if not parameter.get("description"):
        yield where, "no description", "say what it is for"
    if "example" not in parameter:
        yield where, "no example", "give one"
    schema = resolve(document, parameter["schema"])
    for holder, key in ((parameter, "example"), (schema, "default")):
        if key in holder:
            for error in Draft202012Validator(schema).iter_errors(holder[key]):
                yield where, f"the {key} breaks the schema: {error.message}", f"mend the {key}"


def _patterns(node: Any, where: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, dict):
        pattern = node.get("pattern")
        if isinstance(pattern, str):
            try:
                re.compile(pattern)
            except re.error as error:
                yield where, f"pattern does not compile: {error}", "mend the pattern"
            if not (pattern.startswith("^") and pattern.endswith("$")):
                yield where, f"pattern {pattern} is not anchored", "anchor it with ^ and $"
        for key, value in node.items():
            yield from _patterns(value, f"{where}.{key}" if where else key)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _patterns(value, f"{where}.{number}")


def _unused_components(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    text = json.dumps(document)
    for kind, components in document.get("components", {}).items():
        for name in components:
            reference = f'"#/components/{kind}/{name}"'
            if kind != "securitySchemes" and reference not in text:
                yield f"components.{kind}.{name}", "not used", "use it or delete it"
