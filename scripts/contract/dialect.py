"""What of OpenAPI the chain takes: the rest is refused, by name and place, before it is read.

A document can be valid and yet say what the generator drops, what the wrapper cannot send, or what
the facts have no word for. Whatever is written in the document is either read or refused here.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import Any

from scripts.contract.nodes import Node, Refusal
from scripts.contract.python_names import argument_name, python_name

__all__ = ["METHODS", "check"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# The keys that are read, or that are words for people; beside them, any that begins with `x-`.
_DOCUMENT = "openapi info servers security tags paths components externalDocs"
_PATH = f"summary description parameters {' '.join(METHODS)}"
_OPERATION = (
    "operationId tags summary description security parameters requestBody responses deprecated "
    "externalDocs"
)
_PARAMETER = "name in description required deprecated schema example examples"
_BODY = "description required content"
_MEDIA_TYPE = "schema example examples"
_RESPONSE = "description headers content"
_HEADER = "description required deprecated schema example examples"
_SCHEMA = "type format title description deprecated default enum example examples"
_SCHEMAS = {
    "string": f"{_SCHEMA} pattern minLength maxLength",
    "integer": f"{_SCHEMA} minimum maximum",
    "number": f"{_SCHEMA} minimum maximum",
    "boolean": _SCHEMA,
    "object": "type title description deprecated properties required",
    "array": "type title description deprecated items",
}

_TAG = "runtime"  # of every operation, and the name of their package in the raw client
_PARAMETER_FORMATS: dict[str, tuple[str, ...]] = {"string": (), "integer": ("int32", "int64")}

_NAME = r"[A-Za-z][A-Za-z0-9]*"
_HEADER_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # a token: RFC 9110, section 5.6.2

# Names that every method of the clients, and every function of the raw client, has already.
_METHOD_ARGUMENTS: tuple[str, ...] = ("self", "body", "timeout")
_FUNCTION_ARGUMENTS: tuple[str, ...] = ("client", "body")


def check(document: dict[str, Any]) -> Iterator[Refusal]:
    """Everything in a valid document that the chain does not take."""
    top = Node(document, (), document)
    yield from _unread(top, _DOCUMENT)
    yield from _service(top.child("info"))
    if not document.get("servers"):
        yield top.refusal("missing; list the service's endpoints, https://…", "servers")
    operations = [
        (str(path), item, operation)
        for path, item in top.children("paths")
        for method, operation in item.children()
        if method in METHODS
    ]
    if not operations:
        yield top.refusal("no operation; describe one", "paths")
    for _, item in top.children("paths"):
        yield from _unread(item, _PATH)
    functions: set[str] = set()
    statuses: dict[str, str] = {}
    for path, item, operation in operations:
        yield from _operation(operation, functions)
        yield from _parameters(path, item, operation)
        yield from _responses(operation, statuses)


def _service(info: Node) -> Iterator[Refusal]:
    service = info.value.get("x-amz-service")
    for key in ("serviceId", "signingName"):
        if not isinstance(service, dict) or not isinstance(service.get(key), str):
            yield info.refusal(
                "missing, or no text; take it from the metadata of AWS's service model",
                "x-amz-service",
                key,
            )


def _operation(operation: Node, functions: set[str]) -> Iterator[Refusal]:
    yield from _unread(operation, _OPERATION)
    identifier = operation.value.get("operationId")
    if not isinstance(identifier, str) or not re.fullmatch(_NAME, identifier):
        yield operation.refusal(
            "missing, or no name; take the operation's in AWS's service model: InvokeEndpoint",
            "operationId",
        )
    else:
        function = python_name(identifier)
        if function in functions or keyword.iskeyword(function):
            yield operation.refusal(
                f"its name in Python, {function}, is taken; choose another", "operationId"
            )
        functions.add(function)
    if operation.value.get("tags") != [_TAG]:
        yield operation.refusal(
            f"must be [{_TAG}]: there the wrapper finds the operations of the raw client", "tags"
        )


def _parameters(path: str, item: Node, operation: Node) -> Iterator[Refusal]:
    parameters = [node for holder in (operation, item) for _, node in holder.children("parameters")]
    for parameter in parameters:
        yield from _parameter(path, parameter)
    yield from _names(parameters)
    body = [operation.child("requestBody")] if "requestBody" in operation.value else []
    for each in body:
        yield from _body(each)
    members = [each.value.get("x-amz-member") for each in (*parameters, *body)]
    names = [name for name in members if isinstance(name, str)]
    alternatives = operation.value.get("x-amz-exactly-one-of", [])
    if not isinstance(alternatives, list) or not all(name in names for name in alternatives):
        yield operation.refusal(
            f"must be a list of members of this operation: {', '.join(names)}",
            "x-amz-exactly-one-of",
        )


def _parameter(path: str, parameter: Node) -> Iterator[Refusal]:
    yield from _unread(parameter, _PARAMETER)
    name, place = parameter.value["name"], parameter.value["in"]
    is_signing = "x-amz-sigv4" in parameter.value
    if is_signing == ("x-amz-member" in parameter.value):
        yield parameter.refusal(
            "has neither or both of x-amz-member and x-amz-sigv4; name the member of AWS's service "
            "model that it is, or mark it as the signature's"
        )
    elif not is_signing:
        yield from _member(parameter)
    if place not in {"path", "header"} and not (is_signing and place == "query"):
        yield parameter.refusal(
            f"{place} is not sent; path and header are, and query for the signature. For another, "
            "extend openapi/templates/contract.py.jinja and wrapper/_operations.py first",
            "in",
        )
    if place == "path" and f"{{{name}}}" not in path:
        yield parameter.refusal(f"{name} is not in the path {path}; mend either", "name")
    if place == "header" and not re.fullmatch(_HEADER_NAME, name):
        yield parameter.refusal(f"{name!r} cannot be the name of a header (RFC 9110)", "name")
    if "schema" not in parameter.value:
        yield parameter.refusal("missing; say the parameter's type", "schema")
        return
    schema = parameter.child("schema")
    if not isinstance(schema.value, dict):
        yield from _schema(schema)
        return
    kind, form = schema.value.get("type"), schema.value.get("format")
    if not isinstance(kind, str) or kind not in _PARAMETER_FORMATS:
        yield schema.refusal(
            f"a parameter of type {_listed(kind)} is not sent; string and integer are (null needs "
            "no type: what is not given is left out). For another, extend "
            "scripts/contract/generation.py and wrapper/_parameters.py first",
            "type",
        )
        return
    yield from _schema(schema)
    if form is not None and form not in _PARAMETER_FORMATS[kind]:
        accepted = " and ".join(_PARAMETER_FORMATS[kind]) or "none"
        yield schema.refusal(
            f"{form} is not sent as a parameter of type {kind}; accepted is {accepted}: leave it "
            "out, and give a pattern",
            "format",
        )
    for limit in ("minimum", "maximum"):
        if not isinstance(schema.value.get(limit, 0), int):
            yield schema.refusal(f"{schema.value[limit]} is no whole number; give one", limit)


def _names(parameters: list[Node]) -> Iterator[Refusal]:
    """Parameters that would be one argument in Python, or one that is there already."""
    methods: dict[str, str] = dict.fromkeys(_METHOD_ARGUMENTS, "every method")
    # The generator tells namesakes apart by their place; only the signature's are read like that.
    functions: dict[tuple[str, str], str] = dict.fromkeys(
        ((name, "") for name in _FUNCTION_ARGUMENTS), "every function"
    )
    headers: dict[str, str] = {}
    for parameter in parameters:
        member, wire_name = parameter.value.get("x-amz-member"), parameter.value["name"]
        if parameter.value["in"] == "header":
            header = headers.setdefault(wire_name.lower(), wire_name)
            if header != wire_name:
                yield parameter.refusal(f"is the header {header} again; keep one of them", "name")
        if isinstance(member, str):
            name = python_name(member)
            if name in methods or keyword.iskeyword(name):
                yield parameter.refusal(
                    f"{member} would be the argument {name} of a method; "
                    f"{methods.get(name, 'Python')} has that name already",
                    "x-amz-member",
                )
            methods[name] = wire_name
        argument = argument_name(wire_name)
        place = parameter.value["in"] if "x-amz-sigv4" in parameter.value else ""
        taken = functions.get((argument, place)) or functions.get((argument, ""))
        if taken is not None:
            yield parameter.refusal(
                f"{wire_name} would be the argument {argument} of the raw client; "
                f"{taken} has that name already",
                "name",
            )
        functions[argument, place] = wire_name


def _body(body: Node) -> Iterator[Refusal]:
    yield from _unread(body, _BODY)
    yield from _member(body)
    yield from _one_media_type(body)
    for _, media in body.children("content"):
        if "schema" in media.value:
            schema = media.child("schema")
            yield from _schema(schema)
            raw = {"type": "string", "format": "binary"}
            if not isinstance(schema.value, dict) or not raw.items() <= schema.value.items():
                yield schema.refusal(
                    "a body is raw bytes: `type: string`, `format: binary`", "type"
                )


def _responses(operation: Node, statuses: dict[str, str]) -> Iterator[Refusal]:
    successes = 0
    for code, response in operation.children("responses"):
        status = str(code)
        yield from _unread(response, _RESPONSE)
        if not re.fullmatch("[1-5][0-9]{2}", status):
            yield operation.refusal("is no status; list each, such as 503", "responses", code)
        elif status.startswith("2"):
            successes += 1
            yield from _success(response)
        elif "x-amz-error" in response.value:
            name = str(response.value["x-amz-error"])
            yield from _error(response)
            if statuses.setdefault(name, status) != status:
                yield operation.refusal(
                    f"{name} is the error of status {statuses[name]} already; it can have one",
                    "responses",
                    code,
                )
    if successes != 1:
        yield operation.refusal(
            f"has {successes} responses of status 2xx; exactly one is accepted", "responses"
        )


def _success(response: Node) -> Iterator[Refusal]:
    for _, header in response.children("headers"):
        yield from _unread(header, _HEADER)
        if "x-amz-member" in header.value:
            yield from _member(header)
        if "schema" in header.value:
            yield from _schema(header.child("schema"))
        else:
            yield header.refusal("missing; say the header's type", "schema")
    yield from _one_media_type(response)
    for _, media in response.children("content"):
        if "schema" not in media.value:
            continue  # refused already
        if "x-amz-member" not in media.value:
            yield from _structure(media.child("schema"))
            continue
        yield from _member(media)
        yield from _schema(media.child("schema"))
        if "x-amz-event-stream" in media.value:
            yield from _event_stream(media.child("x-amz-event-stream"))


def _event_stream(stream: Node) -> Iterator[Refusal]:
    for key in ("events", "exceptions"):
        if not isinstance(stream.value, dict) or not isinstance(stream.value.get(key), dict):
            yield stream.refusal("missing, or no mapping of names to schemas", key)
        else:
            for _, event in stream.children(key):
                yield from _structure(event)


def _error(response: Node) -> Iterator[Refusal]:
    name = response.value["x-amz-error"]
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        yield response.refusal("is no name; take the one of AWS's service model", "x-amz-error")
    yield from _one_media_type(response)
    for media_type, media in response.children("content"):
        if media_type != "application/json":
            yield response.refusal(
                f"{media_type} is not read of an error; application/json is", "content"
            )
        elif "schema" in media.value:
            yield from _structure(media.child("schema"))


def _structure(schema: Node) -> Iterator[Refusal]:
    if not isinstance(schema.value, dict) or not isinstance(schema.value.get("properties"), dict):
        yield schema.refusal("must be `type: object`, with the members as `properties`")
    else:
        yield from _schema(schema)


def _schema(schema: Node, above: tuple[Node, ...] = ()) -> Iterator[Refusal]:
    """A schema of one type, of finite depth, every key of which is read."""
    if not isinstance(schema.value, dict):
        yield schema.refusal("must be a mapping, with a type")
        return
    if any(schema.steps == holder.steps for holder in above):
        yield schema.refusal("holds itself; write out as deep as it goes")
        return
    declared = schema.value.get("type")
    kinds = declared if isinstance(declared, list) else [declared]
    kinds = [str(kind) for kind in kinds if kind != "null"]
    if len(kinds) != 1 or kinds[0] not in _SCHEMAS:
        accepted = ", ".join(_SCHEMAS)
        yield schema.refusal(
            f"{_listed(declared)} is not read; accepted is one of {accepted}, or [one, null]",
            "type",
        )
        return
    yield from _unread(schema, _SCHEMAS[kinds[0]])
    for _, member in schema.children("properties"):
        yield from _schema(member, (*above, schema))
    if "items" in schema.value:
        yield from _schema(schema.child("items"), (*above, schema))


def _one_media_type(holder: Node) -> Iterator[Refusal]:
    media_types = list(holder.children("content"))
    if len(media_types) != 1:
        yield holder.refusal(
            f"has {len(media_types)} media types; exactly one is accepted", "content"
        )
    for _, media in media_types:
        yield from _unread(media, _MEDIA_TYPE)
        if "schema" not in media.value:
            yield media.refusal("missing; say what it holds", "schema")


def _member(node: Node) -> Iterator[Refusal]:
    member = node.value.get("x-amz-member")
    if not isinstance(member, str) or not re.fullmatch(_NAME, member):
        yield node.refusal(
            "missing, or no name; take the member's in AWS's service model: Body", "x-amz-member"
        )


def _unread(node: Node, keys: str) -> Iterator[Refusal]:
    accepted = keys.split()
    for key in node.value:
        if key not in accepted and not key.startswith("x-"):
            yield node.refusal(f"is not read here; accepted are {', '.join(accepted)}", key)


def _listed(kind: object) -> str:
    if isinstance(kind, list):
        return f"[{', '.join(map(str, kind))}]"
    return "none" if kind is None else str(kind)
