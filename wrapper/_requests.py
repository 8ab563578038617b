"""A client's requests: checked, and made ready once for calls that are alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Final

from wrapper._endpoints import Endpoint
from wrapper._operations import OPERATIONS, Operation
from wrapper._parameters import TextRule
from wrapper._prepared_request import BLANK, PreparedRequest

__all__ = ["RequestMaker"]


class RequestMaker:
    """Makes a client's requests, and keeps what its calls have in common.

    Calls of one program mostly have the same parameters but for ids and the like, which are checked
    and put in each time. The others, when they are equal, were found to obey the rules already, and
    give the same request. Thread-safe.
    """

    __slots__ = ("_prepare",)

    def __init__(self, endpoint: Endpoint, user_agent: str) -> None:
        """Begin with nothing kept.

        Args:
            endpoint: Where requests go.
            user_agent: The value of the `User-Agent` header.
        """
        # By type, too: 60.0 equals 60, and is not accepted.
        kept = lru_cache(maxsize=_MOST_KEPT, typed=True)
        self._prepare = kept(partial(_prepared, endpoint, user_agent))

    def prepare(
        self, operation: Operation, values: Mapping[str, object], *, has_body: bool
    ) -> tuple[PreparedRequest, tuple[str, ...]]:
        """Check the parameters and prepare the request.

        Args:
            operation: What to ask for.
            values: The parameters by their Python names; None where one is not given.
            has_body: Whether a body is given.

        Returns:
            The prepared request, and what to fill its blanks with.

        Raises:
            ParameterError: A parameter breaks a rule of the contract.
        """
        blanks: tuple[str, ...] = ()
        for rule in _VARYING_RULES[operation]:
            value = values[rule.name]
            if value is not None:
                if not blanks:
                    values = dict(values)
                blanks += (rule.check(value),)
                values[rule.name] = BLANK  # type: ignore[index]  # the copy
        try:
            prepared = self._prepare(operation, has_body, tuple(values), *values.values())
        except TypeError:  # what cannot be a key cannot be right either, and is refused
            operation.request(values, b"" if has_body else None, unchecked=BLANK)
            raise
        return prepared, blanks


_MOST_KEPT: Final = 128

# What a program is likely to give another value at each call.
_VARYING: Final = frozenset(
    {
        *("custom_attributes", "filename", "inference_id", "input_location", "prefix_aware_id"),
        *("s3_output_path_extension", "session_id", "target_model"),
    }
)


def _varying_rules(operation: Operation) -> list[TextRule]:
    """The rules of what varies, in the order of the headers' names."""
    names = operation.wire_names
    rules = [rule for rule in operation.rules if isinstance(rule, TextRule)]
    varying = [rule for rule in rules if rule.name in _VARYING]
    return sorted(varying, key=lambda rule: names[rule.name].lower())


_VARYING_RULES: Final = {operation: _varying_rules(operation) for operation in OPERATIONS}


def _prepared(
    endpoint: Endpoint,
    user_agent: str,
    operation: Operation,
    has_body: bool,  # noqa: FBT001  # a part of a key
    names: tuple[str, ...],
    *values: object,
) -> PreparedRequest:
    parameters = dict(zip(names, values, strict=True))
    wire = operation.request(parameters, b"" if has_body else None, unchecked=BLANK)
    return PreparedRequest(wire, endpoint, user_agent)
