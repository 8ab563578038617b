"""AWS's service model (botocore's `service-2.json`) as facts.

Every key of the model is either read or named in the sets below as saying nothing about the wire;
an unknown one becomes a fact of its own, so that a new trait is reported rather than overlooked.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import zlib
from pathlib import Path
from typing import Any

from scripts.contract.facts import PRESENT, ContractError, Facts, Value, as_value

__all__ = ["default_model_path", "facts", "load"]

SERVICE = "sagemaker-runtime"

_FORMAT = "2.0"

# Keys that are read, or say nothing about the wire.
_MODEL_READ = {"version", "metadata", "operations", "shapes", "documentation"}
_METADATA_IGNORED = {"jsonVersion", "serviceFullName", "uid"}
_HTTP_READ = {"method", "requestUri", "responseCode"}
_WORDS = {"documentation", "deprecatedMessage", "deprecatedSince"}
_OPERATION_READ = {"name", "http", "input", "output", "errors", "deprecated", *_WORDS}
_REFERENCE_READ = {"shape", *_WORDS}
_MEMBER_READ = {
    *("shape", "location", "eventpayload", "eventheader", "deprecated", "box"),
    *_WORDS,
}
_SHAPE_READ = {"type", "sensitive", "deprecated", "enum", "pattern", "min", "max", "box", *_WORDS}
_STRUCTURE_READ = {"type", "members", "required", "payload", *_WORDS}
_ERROR_READ = {"error", "exception", "fault", "synthetic"}  # the status says whose fault it is


def default_model_path() -> Path:
    """The service model of the pinned botocore."""
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None:
        raise ContractError("botocore is not installed; run `make setup -B`")
    folder = Path(found.origin).parent / "data" / SERVICE
    versions = sorted(folder.glob("*/service-2.json.gz"))
    if not versions:
        raise ContractError(f"{folder}: this botocore has no such service; run `make setup -B`")
    return versions[-1]


def load(path: Path) -> dict[str, Any]:
    """Read a service model, gzipped or not.

    Raises:
        ContractError: There is no such file, or it is not a service model.
    """
    try:
        data = path.read_bytes()
        text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        model = json.loads(text)
    except FileNotFoundError:
        raise ContractError(
            f"{path}: no such file; give UPSTREAM the path of a service-2.json or service-2.json.gz"
        ) from None
    except RecursionError:
        raise ContractError(
            f"{path}: not a readable service-2.json[.gz]: it is nested too deeply; get it anew"
        ) from None
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ContractError(
            f"{path}: not a readable service-2.json[.gz]: {reason}; get it anew"
        ) from None
    if not isinstance(model, dict) or not all(
        isinstance(model.get(key), dict) for key in ("metadata", "operations", "shapes")
    ):
        raise ContractError(
            f"{path}: not a botocore service model: it lacks metadata, operations or shapes; "
            "give UPSTREAM the path of a service-2.json or service-2.json.gz"
        )
    if model.get("version", _FORMAT) != _FORMAT:
        raise ContractError(
            f"{path}: is of format {model['version']}; {_FORMAT} is read: "
            "see what has changed, and teach scripts/contract/upstream.py"
        )
    return model


def facts(model: dict[str, Any], path: Path) -> Facts:
    """The facts of a service model.

    Args:
        model: What `load` gave.
        path: Where it is from, for the error.

    Raises:
        ContractError: The model is not one of a REST-JSON service with known shapes.
    """
    reader = _Reader(model)
    try:
        return reader.read()
    except (KeyError, TypeError, AttributeError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ContractError(
            f"{path}: cannot be read at {reader.reading}: {what}; get it anew, or teach "
            "scripts/contract/upstream.py what is new"
        ) from None


class _Reader:
    def __init__(self, model: dict[str, Any]) -> None:
        self.model = model
        self.shapes: dict[str, Any] = model["shapes"]
        self.facts: dict[str, Value] = {}
        self.reading = "metadata"

    def read(self) -> Facts:
        self.unknown("service", self.model, _MODEL_READ)
        for key, value in self.model["metadata"].items():
            if key not in _METADATA_IGNORED:
                self.facts[f"service.{key}"] = as_value(value)
        for name, operation in self.model["operations"].items():
            self.reading = name
            self.read_operation(name, operation)
        return self.facts

    def read_operation(self, name: str, operation: dict[str, Any]) -> None:
        http = operation["http"]
        self.facts |= {
            name: PRESENT,
            f"{name}.method": http["method"],
            f"{name}.path": http["requestUri"],
            f"{name}.status": http.get("responseCode", 200),
        }
        if operation.get("deprecated"):
            self.facts[f"{name}.deprecated"] = True
        self.unknown(name, http, _HTTP_READ)
        self.unknown(name, operation, _OPERATION_READ)
        for side in ("input", "output"):
            if side in operation:
                where, structure = f"{name}.{side}", self.shapes[operation[side]["shape"]]
                self.unknown(where, operation[side], _REFERENCE_READ)
                self.unknown(where, structure, _STRUCTURE_READ)
                self.read_members(where, structure)
        for reference in operation.get("errors", []):
            error = reference["shape"]
            status = self.shapes[error].get("error", {}).get("httpStatusCode")
            # An exception without a status can only come as an event of a stream.
            kind = "errors" if status is not None else "stream_exceptions"
            self.facts[f"{name}.{kind}.{error}"] = PRESENT
            self.unknown(f"{name}.{kind}.{error}", reference, _REFERENCE_READ)
            self.read_error(error)

    def read_members(
        self, path: str, structure: dict[str, Any], above: tuple[str, ...] = ()
    ) -> None:
        for name, member in structure["members"].items():
            where = f"{path}.{name}"
            location = _location(name, member, structure)
            self.facts |= {
                where: PRESENT,
                f"{where}.location": location,
                f"{where}.required": name in structure.get("required", []),
            }
            if member.get("deprecated"):
                self.facts[f"{where}.deprecated"] = True
            known = _MEMBER_READ
            if location not in {"body", "payload"}:
                self.facts[f"{where}.wire_name"] = member.get("locationName", name)
                known = known | {"locationName"}
            self.unknown(where, member, known)
            self.read_shape(where, member["shape"], above)

    def read_shape(self, where: str, name: str, above: tuple[str, ...] = ()) -> None:
        shape = self.shapes[name]
        if shape.get("eventstream"):
            self.read_stream(where, shape)
            return
        self.facts[f"{where}.type"] = shape["type"]
        self.facts[f"{where}.sensitive"] = bool(shape.get("sensitive"))
        if shape.get("deprecated"):
            self.facts[f"{where}.deprecated"] = True
        if "enum" in shape:
            self.facts[f"{where}.enum"] = as_value(sorted(shape["enum"]))
        if "pattern" in shape:
            self.facts[f"{where}.pattern"] = _ecma(shape["pattern"])
        for limit in ("min", "max"):
            if limit in shape:
                self.facts[f"{where}.{limit}"] = shape[limit]
        known = set(_SHAPE_READ)
        if name not in above and shape["type"] == "structure":
            known |= _STRUCTURE_READ
            self.read_members(where, shape, (*above, name))
        if name not in above and shape["type"] == "list":
            known.add("member")
            self.unknown(f"{where}.item", shape["member"], _REFERENCE_READ)
            self.read_shape(f"{where}.item", shape["member"]["shape"], (*above, name))
        self.unknown(where, shape, known)

    def read_stream(self, where: str, stream: dict[str, Any]) -> None:
        self.facts[f"{where}.type"] = "event stream"
        self.unknown(where, stream, {"type", "eventstream", "members", *_WORDS})
        for name, member in stream["members"].items():
            event = self.shapes[member["shape"]]
            kind = "exceptions" if event.get("exception") else "events"
            self.facts[f"{where}.{kind}.{name}"] = PRESENT
            self.unknown(f"{where}.{kind}.{name}", member, _REFERENCE_READ)
            if kind == "exceptions":
                self.read_error(member["shape"])
            else:
                self.unknown(f"{where}.events.{name}", event, _STRUCTURE_READ | {"event"})
                self.read_members(f"{where}.events.{name}", event)

    def read_error(self, name: str) -> None:
        shape = self.shapes[name]
        where = f"errors.{name}"
        self.facts[where] = PRESENT
        error = shape.get("error", {})
        if "httpStatusCode" in error:
            self.facts[f"{where}.status"] = error["httpStatusCode"]
        self.unknown(f"{where}.error", error, {"httpStatusCode"})
        self.unknown(where, shape, _STRUCTURE_READ | _ERROR_READ)
        self.read_members(where, shape)

    def unknown(self, where: str, found: dict[str, Any], known: set[str]) -> None:
        for key in found.keys() - known:
            self.facts[f"{where}.trait({key})"] = json.dumps(found[key], sort_keys=True)


def _location(name: str, member: dict[str, Any], structure: dict[str, Any]) -> str:
    """Where a member is, in OpenAPI's words; of an event, in those of its extensions."""
    for place in ("payload", "header"):
        if member.get(f"event{place}"):
            return place
    location: str = member.get("location", "body" if structure.get("payload") == name else "json")
    return {"uri": "path", "querystring": "query"}.get(location, location)


def _ecma(pattern: str) -> str:
    r"""A pattern of the model (Java's dialect) in JSON Schema's (ECMA-262), meaning the same.

    `\A` and `\z` are `^` and `$`; `\p{Print}` and `\p{ASCII}` are ranges.
    """
    pattern = re.sub(r"\[\\p\{Print\}\]", r"[\\x20-\\x7E]", pattern)
    pattern = pattern.replace(r"\p{Print}", r"[\x20-\x7E]").replace(r"\p{ASCII}", r"[\x00-\x7F]")
    return pattern.replace(r"\A", "^").replace(r"\z", "$")
