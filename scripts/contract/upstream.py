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

from scripts.contract.facts import PRESENT, ContractError, Facts, Value

__all__ = ["default_model_path", "facts", "load"]

SERVICE = "sagemaker-runtime"

_FORMAT = "2.0"

# Keys that say nothing about the wire.
_METADATA_IGNORED = {"jsonVersion", "protocols", "serviceFullName", "uid", "auth"}
_SHAPE_IGNORED = {"documentation", "type", "members", "required", "payload", "error"}
_ERROR_IGNORED = {"exception", "fault", "synthetic"}  # the status says whose fault it is


def default_model_path() -> Path:
    """The service model of the pinned botocore."""
    found = importlib.util.find_spec("botocore")
    if found is None or found.origin is None:
        raise ContractError("botocore is not installed; run `make setup`")
    folder = Path(found.origin).parent / "data" / SERVICE
    return max(folder.iterdir()) / "service-2.json.gz"


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
        self.metadata: dict[str, Any] = model["metadata"]
        self.operations: dict[str, Any] = model["operations"]
        self.shapes: dict[str, Any] = model["shapes"]
        self.facts: dict[str, Value] = {}
        self.reading = "metadata"

    def read(self) -> Facts:
        for key, value in self.metadata.items():
            if key not in _METADATA_IGNORED:
                self.facts[f"service.{key}"] = value
        for name, operation in self.operations.items():
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
        self.unknown(name, http, {"method", "requestUri", "responseCode"})
        self.unknown(
            name, operation, {"name", "http", "input", "output", "errors", "documentation"}
        )
        for side in ("input", "output"):
            if side in operation:
                self.read_members(f"{name}.{side}", self.shapes[operation[side]["shape"]])
        for reference in operation.get("errors", []):
            error = reference["shape"]
            status = self.shapes[error].get("error", {}).get("httpStatusCode")
            # An exception without a status can only come as an event of a stream.
            kind = "errors" if status is not None else "stream_exceptions"
            self.facts[f"{name}.{kind}.{error}"] = PRESENT
            self.read_error(error)

    def read_members(self, path: str, structure: dict[str, Any], default: str = "json") -> None:
        for name, member in structure["members"].items():
            where = f"{path}.{name}"
            payload = structure.get("payload") == name
            location = member.get("location", "body" if payload else default)
            location = {"uri": "path", "querystring": "query"}.get(location, location)
            self.facts |= {
                where: PRESENT,
                f"{where}.location": location,
                f"{where}.required": name in structure.get("required", []),
            }
            if not payload:
                self.facts[f"{where}.wire_name"] = member.get("locationName", name)
            self.unknown(
                where,
                member,
                {"shape", "location", "locationName", "documentation", "eventpayload"},
            )
            self.read_shape(where, self.shapes[member["shape"]])

    def read_shape(self, where: str, shape: dict[str, Any]) -> None:
        if shape.get("eventstream"):
            self.facts[f"{where}.type"] = "event stream"
            for name, member in shape["members"].items():
                event = self.shapes[member["shape"]]
                if event.get("exception"):
                    self.facts[f"{where}.exceptions.{name}"] = PRESENT
                    self.read_error(member["shape"])
                else:
                    self.facts[f"{where}.events.{name}"] = PRESENT
                    self.read_event(f"{where}.events.{name}", event)
            return
        self.facts[f"{where}.type"] = shape["type"]
        self.facts[f"{where}.sensitive"] = bool(shape.get("sensitive"))
        if "pattern" in shape:
            self.facts[f"{where}.pattern"] = _ecma(shape["pattern"])
        for limit in ("min", "max"):
            if limit in shape:
                self.facts[f"{where}.{limit}"] = shape[limit]
        self.unknown(where, shape, _SHAPE_IGNORED | {"pattern", "min", "max", "sensitive"})

    def read_event(self, where: str, event: dict[str, Any]) -> None:
        for name, member in event["members"].items():
            shape = self.shapes[member["shape"]]
            location = "payload" if member.get("eventpayload") else "json"
            self.facts |= {
                f"{where}.{name}": PRESENT,
                f"{where}.{name}.location": location,
                f"{where}.{name}.type": shape["type"],
                f"{where}.{name}.sensitive": bool(shape.get("sensitive")),
            }
        self.unknown(where, event, _SHAPE_IGNORED | {"event"})

    def read_error(self, name: str) -> None:
        shape = self.shapes[name]
        where = f"errors.{name}"
        self.facts[where] = PRESENT
        status = shape.get("error", {}).get("httpStatusCode")
        if status is not None:
            self.facts[f"{where}.status"] = status
        self.read_members(where, shape)
        self.unknown(where, shape, _SHAPE_IGNORED | _ERROR_IGNORED)

    def unknown(self, where: str, found: dict[str, Any], known: set[str]) -> None:
        for key in found.keys() - known:
            self.facts[f"{where}.trait({key})"] = json.dumps(found[key], sort_keys=True)


def _ecma(pattern: str) -> str:
    r"""A pattern of the model (Java's dialect) in JSON Schema's (ECMA-262), meaning the same.

    `\A` and `\z` are `^` and `$`; `\p{Print}` and `\p{ASCII}` are ranges.
    """
    pattern = re.sub(r"\[\\p\{Print\}\]", r"[\\x20-\\x7E]", pattern)
    pattern = pattern.replace(r"\p{Print}", r"[\x20-\x7E]").replace(r"\p{ASCII}", r"[\x00-\x7F]")
    return pattern.replace(r"\A", "^").replace(r"\z", "$")
