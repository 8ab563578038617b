"""The operations and their rules, read from the service model that botocore carries.

What is checked here is what AWS published: patterns, lengths, ranges and header names are not
written down again. A parameter that the installed botocore does not know yet is ignored.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

import attrs
from botocore.loaders import Loader

from wrapper.local._answers import AnsweredError

__all__ = ["Operation", "Parameter", "operations"]

_PATH_PREFIX = "/endpoints/{EndpointName}/"
_PATH_SUFFIXES = {"invocations", "async-invocations", "invocations-response-stream"}
_INLINE_BODY_LIMIT = 128_000  # of an async inference, whose body botocore knows since 1.43


@attrs.frozen
class Parameter:
    """A member of an operation's input that travels in the path or in a header.

    Attributes:
        name: The member's name, for example `TargetModel`.
        header: The header's name in lower case; None for the one in the path.
        is_integer: Whether the value is a number.
        minimum: The shortest length, or the least number; None for no limit.
        maximum: The greatest length, or the greatest number; None for no limit.
        pattern: The regular expression (Java's) that the whole value must match, or None.
        is_sensitive: Whether the value must not be repeated in a message.
    """

    name: str
    header: str | None
    is_integer: bool
    minimum: int | None
    maximum: int | None
    pattern: str | None
    is_sensitive: bool

    def problem(self, value: str) -> str | None:
        """What is wrong with a value, in the service's words, or None."""
        shown = "Value" if self.is_sensitive else f"Value '{value}'"
        member = self.name[0].lower() + self.name[1:]
        prefix = f"{shown} at '{member}' failed to satisfy constraint: Member must"
        if self.is_integer:
            if not re.fullmatch(r"-?[0-9]{1,18}", value):
                return f"{prefix} be an integer"
            measure, quantity = int(value), "value"
        else:
            measure, quantity = len(value), "length"
        if self.minimum is not None and measure < self.minimum:
            return f"{prefix} have {quantity} greater than or equal to {self.minimum}"
        if self.maximum is not None and measure > self.maximum:
            return f"{prefix} have {quantity} less than or equal to {self.maximum}"
        if self.pattern is not None and not _compiled(self.pattern).fullmatch(value):
            return f"{prefix} satisfy regular expression pattern: {self.pattern}"
        return None


@attrs.frozen
class Operation:
    """One operation: `InvokeEndpoint`, `InvokeEndpointAsync` or `…WithResponseStream`.

    Attributes:
        name: The operation's name.
        path_suffix: The path's last segment.
        parameters: What travels in the path and in headers.
        body_limit: The greatest body the service model allows, in bytes.
    """

    name: str
    path_suffix: str
    parameters: tuple[Parameter, ...]
    body_limit: int

    def parse(self, endpoint_name: str, headers: Mapping[str, str]) -> dict[str, str]:
        """The given parameters by member name.

        Args:
            endpoint_name: The path's segment, percent-decoded.
            headers: The request's headers, looked up by lower-case name.

        Raises:
            AnsweredError: `ValidationError`, naming every rule that is broken.
        """
        values, problems = {}, []
        for parameter in self.parameters:
            value = endpoint_name if parameter.header is None else headers.get(parameter.header)
            if value is None:
                continue
            values[parameter.name] = value
            problem = parameter.problem(value)
            if problem is not None:
                problems.append(problem)
        if problems:
            noun = "validation error" if len(problems) == 1 else "validation errors"
            raise AnsweredError(
                "ValidationError", f"{len(problems)} {noun} detected: {'; '.join(problems)}"
            )
        return values


@functools.cache
def operations() -> Mapping[str, Operation]:
    """The operations by the last segment of their path."""
    model = Loader().load_service_model("sagemaker-runtime", "service-2")
    shapes = model["shapes"]
    found = {}
    for name, operation in model["operations"].items():
        uri = operation["http"]["requestUri"]
        members = shapes[operation["input"]["shape"]]["members"]
        suffix = uri.removeprefix(_PATH_PREFIX)
        if suffix not in _PATH_SUFFIXES:
            continue  # an operation this runtime does not speak yet
        found[suffix] = Operation(
            name=name,
            path_suffix=suffix,
            parameters=tuple(
                _parameter(member_name, member, shapes[member["shape"]])
                for member_name, member in members.items()
                if "location" in member
            ),
            body_limit=shapes[members["Body"]["shape"]]["max"]
            if "Body" in members
            else _INLINE_BODY_LIMIT,
        )
    return found


def _parameter(name: str, member: Mapping[str, str], shape: Mapping[str, object]) -> Parameter:
    minimum, maximum, pattern = shape.get("min"), shape.get("max"), shape.get("pattern")
    return Parameter(
        name=name,
        header=member["locationName"].lower() if member["location"] == "header" else None,
        is_integer=shape["type"] == "integer",
        minimum=minimum if isinstance(minimum, int) else None,
        maximum=maximum if isinstance(maximum, int) else None,
        pattern=pattern if isinstance(pattern, str) else None,
        is_sensitive=bool(shape.get("sensitive")),
    )


@functools.cache
def _compiled(java_pattern: str) -> re.Pattern[str]:
    # What Python's `re` lacks of Java's: two POSIX classes and the name of the end; Java's `\s` is
    # ASCII's. Anything new in the model is a loud `re.error`.
    return re.compile(
        java_pattern.replace(r"[\p{Print}]", r"[\x20-\x7e]")
        .replace(r"\p{ASCII}", r"[\x00-\x7f]")
        .replace(r"\z", r"\Z"),
        re.ASCII,
    )
