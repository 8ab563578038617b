"""From the document to the raw client: one deterministic function, for `regen` and for the check.

The generator is openapi-python-client, with the configuration and the templates under openapi/. The
formatter is run from here, isolated from whatever configuration or other version lies around. What
the generator leaves out of the document (limits, patterns, member names, response headers) is
rendered beside its output, from the same document, as `contract.py`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

from scripts.contract import spec
from scripts.contract.facts import ContractError, Difference
from scripts.contract.files import read_text
from scripts.contract.nodes import resolve
from scripts.contract.python_names import argument_name, python_name

__all__ = ["PACKAGE", "SCRATCH", "check", "contract_module", "generate", "read_tree", "strays"]

PACKAGE = Path("generated/sagemaker_runtime")
SCRATCH = ".regen-"
"""How the names of the folders begin in which `make regen` works, beside the package."""

CONFIG = Path("openapi/generator.yaml")
TEMPLATES = Path("openapi/templates")
CONTRACT = "contract.py.jinja"

BANNER = """\
# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.

"""

_RUFF = [sys.executable, "-m", "ruff"]
_RUFF_OPTIONS = [
    "--isolated",
    "--no-cache",
    "--quiet",
    "--target-version=py311",
    "--line-length=100",
]


def generate(document: dict[str, Any], target: Path) -> None:
    """Write the raw client that a document means to a folder that does not exist yet.

    Args:
        document: A valid OpenAPI document.
        target: The package's folder.

    Raises:
        ContractError: The generator or the formatter failed, or warned.
    """
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "spec.json"
        source.write_text(json.dumps(_described(document)), encoding="utf-8")
        _run_generator(source, target)
    (target / "contract.py").write_text(contract_module(document), encoding="utf-8")
    (target / "py.typed").write_text("", encoding="utf-8")
    for path in sorted(target.rglob("*.py")):
        path.write_text(BANNER + path.read_text(encoding="utf-8"), encoding="utf-8")
    _format(target)


def check(document: dict[str, Any], package: Path) -> list[Difference]:
    """Compare the raw client with what the document means, byte for byte, every file of it."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / package.name
        generate(document, fresh)
        expected, found = read_tree(fresh), read_tree(package)
    return [
        *(
            Difference(
                "generated",
                str(package / name),
                _told(expected.get(name)),
                _told(found.get(name)),
                "run `make regen`, with FORCE=1 if it was edited, added or deleted by hand",
                detail=_changed_lines(expected.get(name), found.get(name)),
            )
            for name in sorted({*expected, *found})
            if expected.get(name) != found.get(name)
        ),
        *(
            Difference(
                "generated",
                str(path),
                None,
                "not made by `make regen`, or left by one that was stopped",
                "delete it, or move it elsewhere",
            )
            for path in strays(package)
        ),
    ]


def read_tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative path; what Python compiles is left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not (path.parent.name == "__pycache__" and path.suffix == ".pyc")
    }


def strays(package: Path) -> list[Path]:
    """What lies beside the package, where nothing else belongs."""
    return sorted(path for path in package.parent.glob("*") if path.name != package.name)


def _told(content: bytes | None) -> str | None:
    return None if content is None else f"{len(content)} bytes"


def _changed_lines(expected: bytes | None, found: bytes | None, most: int = 12) -> str:
    """The first lines of what differs between two versions of a file."""
    if expected is None or found is None:
        return ""
    before, after = (each.decode("utf-8", "replace").splitlines() for each in (expected, found))
    lines = list(unified_diff(before, after, "expected", "found", n=1, lineterm=""))[2:]
    rest = len(lines) - most
    return "\n".join([*lines[:most], f"… {rest} more lines"] if rest > 1 else lines)


def _described(document: dict[str, Any]) -> dict[str, Any]:
    """The document as the generator shall read it.

    The generator takes the words for an argument from its schema, not from its parameter; so each
    parameter's schema is inlined and described.
    """
    document = _open(document)
    for item in document["paths"].values():
        for holder in (item, *(value for value in item.values() if isinstance(value, dict))):
            if "parameters" in holder:
                holder["parameters"] = [
                    _with_described_schema(document, parameter)
                    for parameter in holder["parameters"]
                ]
    return document


def _open(node: Any) -> Any:
    """A copy of a node whose schemas neither close a set of values nor send a default.

    The service adds values to its enumerations, and its defaults are its own: the generator would
    refuse the first, and send the second unasked.
    """
    if isinstance(node, list):
        return [_open(value) for value in node]
    if not isinstance(node, dict):
        return node
    is_schema = isinstance(node.get("type"), str | list)
    left_out = {"enum", "default"} if is_schema else set()
    return {key: _open(value) for key, value in node.items() if key not in left_out}


def _with_described_schema(document: dict[str, Any], reference: Any) -> dict[str, Any]:
    parameter = resolve(document, reference)
    schema = resolve(document, parameter["schema"])
    return {**parameter, "schema": {**schema, "description": parameter.get("description", "")}}


def _run_generator(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    read_text(CONFIG)  # the generator's own words for a missing one are many
    command = [
        *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
        *("--path", source, "--config", CONFIG, "--custom-template-path", TEMPLATES),
        *("--meta", "none", "--output-path", target),
    ]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        said = " ".join((done.stderr or done.stdout).split())
        raise ContractError(f"{spec.SPEC}: openapi-python-client refused it: {said[:600]}")


def _format(folder: Path) -> None:
    fix = [*_RUFF, "check", *_RUFF_OPTIONS, "--fix-only", "--select=I,F401,F811", str(folder)]
    tidy = [*_RUFF, "format", *_RUFF_OPTIONS, str(folder)]
    for command in (fix, tidy):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = " ".join(done.stderr.split())
            raise ContractError(f"{spec.SPEC}: ruff refused what was made of it: {said[:600]}")


def contract_module(document: dict[str, Any]) -> str:
    """The text of `contract.py`: what the generator leaves out of a document, as data.

    Raises:
        ContractError: The template is missing or cannot be rendered.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # Python source, not HTML
    )
    environment.filters["pprint"] = repr
    signing: set[str] = set()
    for _, _, operation in spec.operations(document):
        signing |= _signing_arguments(document, operation)
    read_text(TEMPLATES / CONTRACT)
    try:
        return environment.get_template(CONTRACT).render(
            service={
                "apiVersion": document["info"]["version"],
                **document["info"]["x-amz-service"],
            },
            operations=list(_operations(document)),
            signing_arguments=sorted(signing),
        )
    except TemplateError as error:
        raise ContractError(f"{TEMPLATES / CONTRACT}: cannot be rendered: {error}") from None


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, method, operation in spec.operations(document):
        (status,) = (code for code in operation["responses"] if code.startswith("2"))
        answer = resolve(document, operation["responses"][status])
        (media,) = answer["content"].values()
        stream = media.get("x-amz-event-stream", {"events": {}, "exceptions": {}})
        yield {
            "name": operation["operationId"],
            "function": python_name(operation["operationId"]),
            "method": method,
            "path": path,
            "status": int(status),
            "parameters": list(_parameters(document, operation)),
            "exactly_one_of": tuple(map(python_name, operation.get("x-amz-exactly-one-of", ()))),
            "response_headers": list(_response_headers(document, answer)),
            "errors": {code: name for name, code, _ in spec.errors(document, operation)},
            "stream_events": tuple(stream["events"]),
            "stream_exceptions": tuple(stream["exceptions"]),
        }


def _parameters(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for parameter in spec.parameters(document, operation):
        if "x-amz-sigv4" not in parameter:
            schema = resolve(document, parameter["schema"])
            yield _parameter(
                parameter,
                schema,
                argument=argument_name(parameter["name"]),
                wire_name=parameter["name"],
                location=parameter["in"],
            )
    if "requestBody" in operation:
        body = resolve(document, operation["requestBody"])
        (media,) = body["content"].values()
        schema = resolve(document, media["schema"])
        yield _parameter(body, schema, argument="body", wire_name="", location="body")


def _parameter(
    node: dict[str, Any], schema: dict[str, Any], *, argument: str, wire_name: str, location: str
) -> dict[str, Any]:
    kind = {"string": "str", "integer": "int"}[schema["type"]]
    return {
        "name": python_name(node["x-amz-member"]),
        "member": node["x-amz-member"],
        "argument": argument,
        "wire_name": wire_name,
        "location": location,
        "type": "bytes" if schema.get("format") == "binary" else kind,
        "required": node.get("required", False),
        "sensitive": node.get("x-sensitive", False) or schema.get("x-sensitive", False),
        "minimum": schema.get("minLength", schema.get("minimum")),
        "maximum": schema.get("maxLength", schema.get("maximum")),
        "pattern": schema.get("pattern"),
    }


def _response_headers(document: dict[str, Any], answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for wire_name, reference in answer.get("headers", {}).items():
        header = resolve(document, reference)
        if "x-amz-member" in header:
            schema = resolve(document, header["schema"])
            yield {
                "name": python_name(header["x-amz-member"]),
                "member": header["x-amz-member"],
                "wire_name": wire_name,
                "sensitive": header.get("x-sensitive", False) or schema.get("x-sensitive", False),
            }


def _signing_arguments(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The arguments that carry the signature; namesakes are told apart by their place."""
    signing = [
        (argument_name(parameter["name"]), parameter["in"])
        for parameter in spec.parameters(document, operation)
        if "x-amz-sigv4" in parameter
    ]
    names = [name for name, _ in signing]
    return {f"{name}_{place}" if names.count(name) > 1 else name for name, place in signing}
