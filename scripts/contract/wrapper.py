"""The raw client against the seam, and the seam against the public methods.

Both checks look at the signatures, and then send: each parameter, with the example that the spec
gives for it, must arrive where the contract says.
"""

from __future__ import annotations

import asyncio
import inspect
import pkgutil
import re
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any, BinaryIO

import httpx

from sagemaker_runtime import contract
from sagemaker_runtime.api import runtime
from sagemaker_runtime.types import Unset
from scripts.contract import spec
from scripts.contract.facts import Difference
from scripts.contract.python_names import python_name
from wrapper import AsyncSageMakerRuntimeClient, Credentials, SageMakerRuntimeClient, _operations
from wrapper._parameters import IntegerRule

__all__ = ["check_methods", "check_seam"]

_BODY = b"body"
_TYPES = {"str": str, "int": int, "bytes": bytes | BinaryIO}

SEAM = "wrapper/_operations.py"
CLIENTS = (SageMakerRuntimeClient, AsyncSageMakerRuntimeClient)


def check_seam(
    operations: tuple[_operations.Operation, ...] = _operations.OPERATIONS,
) -> list[Difference]:
    """The raw client against the seam."""
    found: list[Difference] = []

    def differ(where: str, generated: object, seam: object, remedy: str) -> None:
        found.append(Difference("seam", where, _told(generated), _told(seam), remedy))

    modules = {module.name for module in pkgutil.iter_modules(runtime.__path__)}
    reached = {operation.function for operation in operations}
    for name in sorted(modules - reached):
        differ(name, "an operation", None, f"add it to OPERATIONS in {SEAM}")
    for name in sorted(reached - modules):
        differ(name, None, "an operation", f"delete it from {SEAM}")
    facts = {operation.function: operation for operation in contract.OPERATIONS}
    for operation in operations:
        if operation.function not in modules:
            continue
        signature = inspect.signature(operation.get_kwargs)
        hints = _hints(operation)
        contracted = {
            parameter.argument: parameter for parameter in facts[operation.function].parameters
        }
        seam = {rule.argument: rule for rule in operation.rules}
        arguments = set(signature.parameters) - contract.SIGNING_ARGUMENTS
        missing = sorted(arguments - {*seam, "body"})
        for name in missing:
            where = f"{operation.function}.{name}"
            differ(
                where, hints[name], None, f"run `make regen`; {SEAM} makes its rules of contract.py"
            )
        for name in sorted({*seam} - arguments):
            differ(f"{operation.function}.{name}", None, seam[name].name, f"delete it from {SEAM}")
        for name in sorted(arguments & contracted.keys()):
            parameter, where = contracted[name], f"{operation.function}.{name}"
            expected = (
                _TYPES[parameter.type] if parameter.required else _TYPES[parameter.type] | Unset
            )
            if hints[name] != expected:
                differ(f"{where}.type", hints[name], expected, "run `make regen`")
            rule = seam.get(name)
            if rule is not None and isinstance(rule, IntegerRule) != (parameter.type == "int"):
                differ(
                    f"{where}.rule", parameter.type, type(rule).__name__, f"mend the rule in {SEAM}"
                )
            required = signature.parameters[name].default is inspect.Parameter.empty
            if required != parameter.required:
                differ(f"{where}.required", required, parameter.required, "run `make regen`")
        if not missing and {*seam} <= arguments:
            found += _wire_differences(operation, facts[operation.function])
    return found


def check_methods(
    clients: tuple[type[SageMakerRuntimeClient], type[AsyncSageMakerRuntimeClient]] = CLIENTS,
) -> list[Difference]:
    """The seam against the public methods of both clients."""
    found: list[Difference] = []

    def differ(where: str, seam: object, method: object, remedy: str) -> None:
        found.append(Difference("methods", where, _told(seam), _told(method), remedy))

    for operation in _operations.OPERATIONS:
        methods = [getattr(client, operation.function, None) for client in clients]
        for client, method in zip(clients, methods, strict=True):
            where = f"{client.__name__}.{operation.function}"
            if method is None:
                differ(where, "an operation", None, "write the method")
                continue
            for name, seam, ours, remedy in _parameter_differences(operation, method):
                differ(f"{where}.{name}", seam, ours, remedy)
        if None not in methods:
            both = [_comparable(method) for method in methods]
            names = sorted({*both[0], *both[1]})
            if list(both[0]) != list(both[1]) and set(both[0]) == set(both[1]):
                differ(
                    f"{operation.function}.order",
                    list(both[0]),
                    list(both[1]),
                    "same order on both",
                )
            for name in names:
                if both[0].get(name) != both[1].get(name):
                    remedy = "make the parameter and its words the same on both clients"
                    where = f"{operation.function}.{name} (sync, async)"
                    differ(where, both[0].get(name), both[1].get(name), remedy)
    if not found:
        found += _sent_differences(clients)
    return found


def _parameter_differences(
    operation: _operations.Operation, method: Any
) -> Iterator[tuple[str, object, object, str]]:
    expected = {
        rule.name: ("int" if isinstance(rule, IntegerRule) else "str") for rule in operation.rules
    }
    expected |= {"body": "Body", "timeout": "TimeoutLike"}
    required = {rule.name for rule in operation.rules if rule.required}
    required |= {"body"} if operation.body_required else set()
    parameters = dict(inspect.signature(method).parameters)
    parameters.pop("self")
    documented = _documented(method)
    for name in sorted({*expected, *parameters}):
        if name not in parameters:
            yield name, expected[name], None, "add the parameter to the method"
            continue
        if name not in expected:
            yield name, None, parameters[name], "delete it, or add it to the spec and `make regen`"
            continue
        annotation = expected[name] if name in required else f"{expected[name]} | None"
        if parameters[name].annotation != annotation:
            yield f"{name}.type", annotation, parameters[name].annotation, "mend the annotation"
        default = inspect.Parameter.empty if name in required else None
        if parameters[name].default is not default:
            yield f"{name}.default", default, parameters[name].default, "mend the default"
        if not documented.get(name):
            yield f"{name}.words", "documented", None, "describe it under Args in the docstring"
    for name in sorted(documented.keys() - parameters.keys()):
        yield f"{name}.words", None, "documented", "delete it from the docstring: no such parameter"


def _comparable(method: Any) -> dict[str, tuple[object, ...]]:
    documented = _documented(method)
    return {
        name: (parameter.kind.name, parameter.annotation, parameter.default, documented.get(name))
        for name, parameter in inspect.signature(method).parameters.items()
    }


def _documented(method: Any) -> dict[str, str]:
    """The parameters that a Google-style docstring describes, and how."""
    section = re.search(r"\nArgs:\n(.*?)(?:\n\S|\Z)", inspect.getdoc(method) or "", re.DOTALL)
    if section is None:
        return {}
    entries = re.split(r"^ {4}(\w+): ", section[1], flags=re.MULTILINE)[1:]
    return {
        name: " ".join(words.split())
        for name, words in zip(entries[::2], entries[1::2], strict=True)
    }


def _wire_differences(
    operation: _operations.Operation, facts: contract.Operation
) -> Iterator[Difference]:
    """Each parameter through the seam: is it in the request where the contract says?"""
    examples = _examples(operation)
    for parameter in facts.parameters:
        values, body = _minimal(operation, examples, parameter.name)
        request = operation.request(values, body)
        arrived = _arrived(
            parameter, request.path, httpx.Headers(request.headers), request.body, facts.path
        )
        wanted = _wanted(parameter, examples)
        if arrived != wanted:
            yield Difference(
                "seam",
                f"{operation.function}.{parameter.name} on the wire",
                wanted,
                arrived,
                f"look at {SEAM} and at the generated get_kwargs",
            )


def _sent_differences(
    clients: tuple[type[SageMakerRuntimeClient], type[AsyncSageMakerRuntimeClient]],
) -> Iterator[Difference]:
    """Each parameter through both clients: is it in the request that is sent?"""
    for facts, operation in zip(contract.OPERATIONS, _operations.OPERATIONS, strict=True):
        examples = _examples(operation)
        for parameter in facts.parameters:
            values, body = _minimal(operation, examples, parameter.name)
            arguments = {name: value for name, value in values.items() if value is not None}
            if body is not None:
                arguments["body"] = body
            for client in clients:
                request = _sent(client, operation.function, arguments)
                path = request.url.raw_path.decode("ascii")
                arrived = _arrived(parameter, path, request.headers, request.content, facts.path)
                wanted = _wanted(parameter, examples)
                if arrived != wanted:
                    yield Difference(
                        "methods",
                        f"{client.__name__}.{operation.function}.{parameter.name} on the wire",
                        wanted,
                        arrived,
                        "hand the parameter on to the seam under its own name",
                    )


def _examples(operation: _operations.Operation) -> dict[str, Any]:
    document = spec.load(spec.SPEC)
    for _, _, described in spec.operations(document):
        if described["operationId"] == operation.name:
            return {
                python_name(parameter["x-amz-member"]): parameter["example"]
                for parameter in spec.parameters(document, described)
                if "x-amz-member" in parameter and "example" in parameter  # lint asks for one
            }
    return {}


def _minimal(
    operation: _operations.Operation, examples: dict[str, Any], name: str
) -> tuple[dict[str, object], bytes | None]:
    """The least values with which an operation can be asked with this parameter."""
    values: dict[str, object] = {
        rule.name: examples[rule.name] if rule.required or rule.name == name else None
        for rule in operation.rules
    }
    alternatives = [rule.name for rule in operation.rules if rule.name == "input_location"]
    needs_body = name == "body" or name not in alternatives
    return values, _BODY if needs_body else None


def _wanted(parameter: contract.Parameter, examples: dict[str, Any]) -> str:
    return _BODY.decode() if parameter.location == "body" else str(examples[parameter.name])


def _arrived(
    parameter: contract.Parameter, path: str, headers: httpx.Headers, body: bytes, template: str
) -> str | None:
    if parameter.location == "body":
        return body.decode()
    if parameter.location == "header":
        value: str | None = headers.get(parameter.wire_name)
        return value
    pattern = re.escape(template).replace(re.escape(f"{{{parameter.wire_name}}}"), "([^/]*)")
    found = re.fullmatch(pattern, path)
    return found[1] if found else None


def _sent(client: type[Any], function: str, arguments: dict[str, object]) -> httpx.Request:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    made = client(
        "us-east-1",
        endpoint_url="https://localhost",
        credentials=Credentials("AKIDEXAMPLE", "secret"),
        transport=httpx.MockTransport(handle),
    )
    try:
        called = getattr(made, function)(**arguments)
        if inspect.iscoroutine(called):
            asyncio.run(called)
    except Exception:
        if not seen:
            raise
    return seen[0]


def _hints(operation: _operations.Operation) -> dict[str, Any]:
    module: ModuleType = inspect.getmodule(operation.get_kwargs) or runtime
    return typing.get_type_hints(operation.get_kwargs, vars(module))


def _told(value: object) -> str | None:
    if value is None:
        return None
    return str(getattr(value, "__name__", value))
