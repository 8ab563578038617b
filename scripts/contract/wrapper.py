"""The raw client against the seam, and the seam against the public methods.

Both checks look at the signatures, and then send: each parameter, with the example that the spec
gives for it, must arrive where the contract says.
"""

from __future__ import annotations

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
from scripts.contract import calls
from scripts.contract.facts import Difference
from wrapper import AsyncSageMakerRuntimeClient, SageMakerRuntimeClient, _operations
from wrapper._parameters import IntegerRule

__all__ = ["check_methods", "check_seam"]

_TYPES = {"str": str, "int": int, "bytes": bytes | BinaryIO}

SEAM = "wrapper/_operations.py"


def check_seam(
    document: dict[str, Any],
    operations: tuple[_operations.Operation, ...] = _operations.OPERATIONS,
) -> list[Difference]:
    """The raw client against the seam.

    Args:
        document: The spec, for its examples.
        operations: The seam.
    """
    found: list[Difference] = []

    def differ(where: str, generated: object, seam: object, remedy: str) -> None:
        found.append(Difference("seam", where, _told(generated), _told(seam), remedy))

    modules = {module.name for module in pkgutil.iter_modules(runtime.__path__)}
    reached = {operation.function for operation in operations}
    facts = {operation.function: operation for operation in contract.OPERATIONS}
    for name in sorted(modules - reached):
        differ(name, "an operation", None, f"add it to OPERATIONS in {SEAM}, and to both clients")
    for name in sorted(reached - (modules & facts.keys())):
        differ(name, None, "an operation", f"delete it from {SEAM} and from both clients")
    for operation in operations:
        if operation.function not in modules & facts.keys():
            continue
        signature = inspect.signature(operation.get_kwargs)
        try:
            hints = _hints(operation)
        except NameError as error:  # a type that the raw client imports for type checkers only
            differ(operation.function, calls.told(error), "str and int", "run `make regen`")
            continue
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
            found += _wire_differences(document, operation, facts[operation.function])
    return found


def check_methods(
    document: dict[str, Any],
    clients: tuple[type[SageMakerRuntimeClient], type[AsyncSageMakerRuntimeClient]] = calls.CLIENTS,
) -> list[Difference]:
    """The seam against the public methods of both clients.

    Args:
        document: The spec, for its examples.
        clients: Both clients.
    """
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
        found += _sent_differences(document, clients)
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
    document: dict[str, Any], operation: _operations.Operation, facts: contract.Operation
) -> Iterator[Difference]:
    """Each parameter through the seam: is it in the request where the contract says?"""
    examples = calls.examples(document, operation.name)
    if lacking := [each.name for each in facts.parameters if each.name not in examples]:
        remedy = "run `make regen`: the raw client and the spec are not of one state"
        where = f"{operation.function}.parameters"
        yield Difference("seam", where, ", ".join(lacking), "not in the spec", remedy)
        return
    for parameter in facts.parameters:
        where = f"{operation.function}.{parameter.name}"
        values, body = calls.least_values(facts, examples, parameter.name)
        try:
            request = operation.request(values, body)
            headers = httpx.Headers(request.headers)
            arrived = _arrived(parameter, request.path, headers, request.body, facts.path)
        except Exception as error:  # noqa: BLE001  # whatever stands in the way is the finding
            arrived = calls.told(error)
        wanted = examples[parameter.name]
        if arrived != wanted:
            remedy = f"look at {SEAM} and at the generated get_kwargs"
            yield Difference("seam", f"{where} on the wire", wanted, arrived, remedy)


def _sent_differences(
    document: dict[str, Any],
    clients: tuple[type[SageMakerRuntimeClient], type[AsyncSageMakerRuntimeClient]],
) -> Iterator[Difference]:
    """Each parameter through both clients: is it in the request that is sent?

    What the seam lacks is the seam's difference, not one of the methods.
    """
    reached = {operation.function for operation in _operations.OPERATIONS}
    for facts in contract.OPERATIONS:
        if facts.function in reached:
            for client in clients:
                yield from _unsent(client, facts, calls.examples(document, facts.name))


def _unsent(
    client: type[Any], facts: contract.Operation, examples: dict[str, str]
) -> Iterator[Difference]:
    if any(each.name not in examples for each in facts.parameters):
        return  # the spec and the raw client are not of one state: the seam's difference
    method = f"{client.__name__}.{facts.function}"
    remedy = "hand the parameter on to the seam under its own name"
    for parameter in facts.parameters:
        values, body = calls.least_values(facts, examples, parameter.name)
        outcome = calls.call(client, facts.function, values, body, httpx.Response(500))
        request, error = outcome.request, outcome.error
        wanted = examples[parameter.name]
        arrived = calls.told(error) if error is not None else None
        if request is not None:
            path = request.url.raw_path.decode("ascii")
            arrived = _arrived(parameter, path, request.headers, request.content, facts.path)
        elif isinstance(error, KeyError) and error.args[0] in values:
            # The seam asked for it, and no call can be made without.
            yield Difference("methods", f"{method}.{error.args[0]}", "handed on", None, remedy)
            return
        if arrived != wanted:
            where = f"{method}.{parameter.name} on the wire"
            yield Difference("methods", where, wanted, arrived, remedy)


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


def _hints(operation: _operations.Operation) -> dict[str, Any]:
    module: ModuleType = inspect.getmodule(operation.get_kwargs) or runtime
    return typing.get_type_hints(operation.get_kwargs, vars(module))


def _told(value: object) -> str | None:
    if value is None:
        return None
    return str(getattr(value, "__name__", value))
