"""The seam: the one place that touches the generated client.

Each operation is made of two things that `make regen` writes: the contract's facts (names, rules,
headers) and the generated function that builds the request. The public methods know neither; they
hand over Python names and values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sagemaker_runtime import contract
from sagemaker_runtime.api.runtime import (
    invoke_endpoint,
    invoke_endpoint_async,
    invoke_endpoint_with_response_stream,
)
from wrapper._errors import ParameterError
from wrapper._parameters import IntegerRule, Rule, TextRule, exactly_one_of

__all__ = [
    "INVOKE_ENDPOINT",
    "INVOKE_ENDPOINT_ASYNC",
    "INVOKE_ENDPOINT_WITH_RESPONSE_STREAM",
    "OPERATIONS",
    "SERVICE_ID",
    "SIGNING_NAME",
    "Operation",
    "WireRequest",
]

SERVICE_ID = contract.SERVICE_ID
SIGNING_NAME = contract.SIGNING_NAME


class WireRequest(NamedTuple):
    """A request before it is signed: what the generated operation made of the parameters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    def __repr__(self) -> str:  # without what is secret, wherever local variables are shown
        return f"<WireRequest {self.method} {self.path}, {len(self.body)} bytes>"


class Operation:
    """An operation: its rules, its generated function, and what its answers mean.

    Attributes:
        name: Its name in AWS's service model: `InvokeEndpoint`.
        function: Its Python name: `invoke_endpoint`.
        rules: The rule of each parameter but the body, in the contract's order.
        sensitive: The names of the parameters whose values must never be shown.
        wire_names: The name on the wire of each of them, by its Python name.
        errors: The name of the error that each status means.
        response_headers: The wire name, in lower case, of each header of an answer that means
            something, by its Python name.
    """

    __slots__ = (
        "_exactly_one_of",
        "body_required",
        "errors",
        "function",
        "get_kwargs",
        "name",
        "response_headers",
        "rules",
        "sensitive",
        "wire_names",
    )

    def __init__(
        self, facts: contract.Operation, get_kwargs: Callable[..., dict[str, Any]]
    ) -> None:
        self.name = facts.name
        self.function = facts.function
        self.get_kwargs = get_kwargs
        self.rules = tuple(
            _rule(parameter) for parameter in facts.parameters if parameter.location != "body"
        )
        self.body_required = any(
            parameter.required for parameter in facts.parameters if parameter.location == "body"
        )
        self.sensitive = frozenset(rule.name for rule in self.rules if rule.sensitive)
        self.wire_names = {each.name: each.wire_name for each in facts.parameters}
        self.errors = facts.errors
        self.response_headers = {
            header.name: header.wire_name.lower() for header in facts.response_headers
        }
        self._exactly_one_of = facts.exactly_one_of

    def request(
        self, values: Mapping[str, object], body: bytes | None, *, unchecked: object = None
    ) -> WireRequest:
        """Check the parameters and build the request.

        Args:
            values: The parameters by their Python names; None where one is not given.
            body: The bytes of the body, or None for none.
            unchecked: This very object is taken for a value that obeys every rule.

        Raises:
            ParameterError: A parameter breaks a rule of the contract.
        """
        arguments: dict[str, object] = {}
        for rule in self.rules:
            value = values[rule.name]
            if value is not None:
                arguments[rule.argument] = value if value is unchecked else rule.check(value)
            elif rule.required:
                raise ParameterError(
                    f"{rule.name}: it is required", parameter=rule.name, rule="it is required"
                )
        if body is not None:
            arguments["body"] = body
        if self._exactly_one_of:
            given = [
                name
                for name in self._exactly_one_of
                if (body if name == "body" else values[name]) is not None
            ]
            exactly_one_of(self._exactly_one_of, given)
        kwargs = self.get_kwargs(**arguments)
        return WireRequest(kwargs["method"], kwargs["url"], kwargs["headers"], body or b"")


def _rule(parameter: contract.Parameter) -> Rule:
    if parameter.type == "int":
        return IntegerRule(
            parameter.name,
            parameter.argument,
            required=parameter.required,
            sensitive=parameter.sensitive,
            minimum=parameter.minimum,
            maximum=parameter.maximum,
        )
    return TextRule(
        parameter.name,
        parameter.argument,
        required=parameter.required,
        sensitive=parameter.sensitive,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        pattern=parameter.pattern,
    )


INVOKE_ENDPOINT = Operation(contract.INVOKE_ENDPOINT, invoke_endpoint.get_kwargs)
INVOKE_ENDPOINT_ASYNC = Operation(contract.INVOKE_ENDPOINT_ASYNC, invoke_endpoint_async.get_kwargs)
INVOKE_ENDPOINT_WITH_RESPONSE_STREAM = Operation(
    contract.INVOKE_ENDPOINT_WITH_RESPONSE_STREAM, invoke_endpoint_with_response_stream.get_kwargs
)

OPERATIONS = (INVOKE_ENDPOINT, INVOKE_ENDPOINT_ASYNC, INVOKE_ENDPOINT_WITH_RESPONSE_STREAM)
