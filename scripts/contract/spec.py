"""The OpenAPI document: reading it, and its facts in the form that upstream's have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.contract import dialect, nodes
from scripts.contract.facts import PRESENT, ContractError, Facts, Value, as_value
from scripts.contract.files import line_of, read_yaml
from scripts.contract.nodes import resolve

__all__ = ["SPEC", "errors", "facts", "load", "operations", "parameters"]

SPEC = Path("openapi/sagemaker-runtime.yaml")


def load(path: Path) -> dict[str, Any]:
    """Read the document and check that it is OpenAPI, of the kind that the chain takes.

    Raises:
        ContractError: It is missing, does not parse, is not valid, or says what nothing here reads.
    """
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise ContractError(f"{path}: is not an OpenAPI document: its top level is not a mapping")
    try:
        _refuse(path, list(nodes.check(document)))
    except RecursionError:
        raise ContractError(
            f"{path}: is nested too deeply, or a YAML alias holds itself; write it out"
        ) from None
    version = document.get("openapi")
    if not str(version).startswith("3.1."):
        problem = f"{version or 'no version of OpenAPI'} is not read; 3.1.0 is"
        _refuse(path, [nodes.Refusal(("openapi",), problem)])
    _require_valid(path, document)
    _refuse(path, list(dialect.check(document)))
    return document


def _require_valid(path: Path, document: dict[str, Any]) -> None:
    from openapi_spec_validator import validate
    from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

    try:
        validate(document)
    except OpenAPIValidationError as error:
        problem = str(getattr(error, "message", error)).partition("\n")[0][:300]
        _refuse(path, [nodes.Refusal(_place(document, error), f"not valid OpenAPI: {problem}")])
    except Exception as error:  # noqa: BLE001  # the validator trips over what it cannot walk, too
        problem = " ".join(str(error).split())[:300]
        raise ContractError(f"{path}: not valid OpenAPI: {problem}") from None


def _place(document: dict[str, Any], error: Any) -> nodes.Steps:
    """Where an error is; of one in a schema, the validator tells the way within the schema only."""
    told: nodes.Steps = tuple(getattr(error, "absolute_path", ()))
    wrong = getattr(error, "instance", None)
    for steps, node in nodes.walk(document) if wrong is not None else ():
        if node is wrong and steps[len(steps) - len(told) :] == told:
            return steps
    return told


def _refuse(path: Path, refusals: list[nodes.Refusal]) -> None:
    if refusals:
        steps, problem = refusals[0].steps, refusals[0].problem
        more = f" (and {len(refusals) - 1} more)" if refusals[1:] else ""
        raise ContractError(
            f"{path}:{line_of(path, steps)}: {nodes.pointer(steps)}: {problem}{more}"
        )


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The path, method and operation of each operation; path-level parameters are put into it."""
    for path, item in document["paths"].items():
        for method in dialect.METHODS:
            if method in item:
                shared = item.get("parameters", [])
                operation = item[method]
                yield (
                    path,
                    method.upper(),
                    {
                        **operation,
                        "parameters": [*operation.get("parameters", []), *shared],
                    },
                )


def parameters(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of an operation, references followed."""
    return [resolve(document, parameter) for parameter in operation["parameters"]]


def errors(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, int, Any]]:
    """The name, status and schema of each error that an operation answers."""
    for status, reference in operation["responses"].items():
        response = resolve(document, reference)
        if "x-amz-error" in response:
            yield (
                response["x-amz-error"],
                int(status),
                response["content"]["application/json"]["schema"],
            )


def facts(document: dict[str, Any]) -> Facts:
    """The facts of a document that `load` gave."""
    return _Reader(document).read()


class _Reader:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.facts: dict[str, Value] = {}

    def read(self) -> Facts:
        info = self.document["info"]
        self.facts["service.apiVersion"] = info["version"]
        for key, value in info["x-amz-service"].items():
            self.facts[f"service.{key}"] = as_value(value)
        for path, method, operation in operations(self.document):
            self.read_operation(path, method, operation)
        return self.facts

    def read_operation(self, path: str, method: str, operation: dict[str, Any]) -> None:
        name = operation["operationId"]
        (success,) = (status for status in operation["responses"] if status.startswith("2"))
        self.facts |= {
            name: PRESENT,
            f"{name}.method": method,
            f"{name}.path": path,
            f"{name}.status": int(success),
        }
        if operation.get("deprecated"):
            self.facts[f"{name}.deprecated"] = True
        for parameter in parameters(self.document, operation):
            if "x-amz-sigv4" not in parameter:
                where = f"{name}.input.{parameter['x-amz-member']}"
                self.read_member(where, parameter, parameter["in"])
        if "requestBody" in operation:
            body = resolve(self.document, operation["requestBody"])
            (media,) = body["content"].values()
            where = f"{name}.input.{body['x-amz-member']}"
            self.facts |= {
                where: PRESENT,
                f"{where}.location": "body",
                f"{where}.required": body.get("required", False),
            }
            self.read_schema(where, media["schema"])
        self.read_answer(name, resolve(self.document, operation["responses"][success]))
        for error, status, schema in errors(self.document, operation):
            self.facts[f"{name}.errors.{error}"] = PRESENT
            self.read_error(error, schema, status)

    def read_member(self, where: str, node: dict[str, Any], location: str) -> None:
        self.facts |= {
            where: PRESENT,
            f"{where}.location": location,
            f"{where}.required": node.get("required", False),
            f"{where}.wire_name": node["name"],
        }
        self.read_schema(where, node["schema"], node)

    def read_answer(self, name: str, response: dict[str, Any]) -> None:
        for wire_name, reference in response.get("headers", {}).items():
            header = resolve(self.document, reference)
            member = header.get("x-amz-member", f"({wire_name})")
            self.read_member(f"{name}.output.{member}", {**header, "name": wire_name}, "header")
        (media,) = response["content"].values()
        if "x-amz-member" not in media:
            self.read_properties(f"{name}.output", resolve(self.document, media["schema"]))
            return
        where = f"{name}.output.{media['x-amz-member']}"
        # An answer has a body, be it an empty one.
        self.facts |= {where: PRESENT, f"{where}.location": "body", f"{where}.required": True}
        if "x-amz-event-stream" not in media:
            self.read_schema(where, media["schema"])
            return
        self.facts[f"{where}.type"] = "event stream"
        stream = media["x-amz-event-stream"]
        for event, reference in stream["events"].items():
            self.facts[f"{where}.events.{event}"] = PRESENT
            self.read_properties(f"{where}.events.{event}", resolve(self.document, reference))
        for exception, reference in stream["exceptions"].items():
            self.facts[f"{where}.exceptions.{exception}"] = PRESENT
            self.facts[f"{name}.stream_exceptions.{exception}"] = PRESENT
            self.read_error(exception, reference, None)

    def read_error(self, name: str, reference: dict[str, Any], status: int | None) -> None:
        where = f"errors.{name}"
        self.facts[where] = PRESENT
        if status is not None:
            self.facts[f"{where}.status"] = status
        self.read_properties(where, resolve(self.document, reference))

    def read_properties(self, path: str, schema: dict[str, Any]) -> None:
        for name, reference in schema["properties"].items():
            where = f"{path}.{name}"
            member = resolve(self.document, reference)
            places = [place for place in _EVENT_PLACES if member.get(f"x-amz-event-{place}")]
            location = places[0] if places else "json"
            self.facts |= {
                where: PRESENT,
                f"{where}.location": location,
                f"{where}.required": name in schema.get("required", []),
            }
            if location != "payload":
                self.facts[f"{where}.wire_name"] = name
            self.read_schema(where, reference)

    def read_schema(self, where: str, reference: Any, holder: dict[str, Any] | None = None) -> None:
        """The facts of a schema, and what its holder, such as a parameter, says beside it."""
        schema = resolve(self.document, reference)
        said = [schema, holder or {}]
        self.facts[f"{where}.type"] = _type(schema)
        self.facts[f"{where}.sensitive"] = any(each.get("x-sensitive") for each in said)
        if any(each.get("deprecated") for each in said):
            self.facts[f"{where}.deprecated"] = True
        if "enum" in schema:
            self.facts[f"{where}.enum"] = as_value(sorted(schema["enum"], key=str))
        if "pattern" in schema:
            self.facts[f"{where}.pattern"] = schema["pattern"]
        for limit, keys in (("min", ("minLength", "minimum")), ("max", ("maxLength", "maximum"))):
            for key in keys:
                if key in schema:
                    self.facts[f"{where}.{limit}"] = schema[key]
        if "properties" in schema:
            self.read_properties(where, schema)
        if "items" in schema:
            self.read_schema(f"{where}.item", schema["items"])


# Where a member of an event can be, beside its JSON: `x-amz-event-payload`, `x-amz-event-header`.
_EVENT_PLACES = ("payload", "header")

# What the service model calls a type of JSON Schema, where the two differ.
_TYPES = {
    ("string", "binary"): "blob",
    ("string", "date-time"): "timestamp",
    ("integer", "int64"): "long",
    ("number", "float"): "float",
    ("number", None): "double",
    ("number", "double"): "double",
    ("object", None): "structure",
    ("array", None): "list",
}


def _type(schema: dict[str, Any]) -> str:
    declared = schema["type"]
    kinds = [declared] if isinstance(declared, str) else declared
    (kind,) = (kind for kind in kinds if kind != "null")
    return _TYPES.get((kind, schema.get("format")), str(kind))
