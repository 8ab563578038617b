"""What answers mean: every header, error and event of the contract must reach the caller.

Each is answered to both clients, and looked for in what they give or raise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

import wrapper
from sagemaker_runtime import contract
from scripts.contract import calls, spec
from scripts.contract.facts import Difference, Facts
from scripts.contract.python_names import python_name
from wrapper import _operations
from wrapper.eventstream import encode_message

__all__ = ["check"]

_PART = b"a part"
_RESPONSES = "wrapper/_responses.py"
_EVENTS = "wrapper/_stream_events.py"


def check(
    document: dict[str, Any], clients: tuple[type[Any], type[Any]] = calls.CLIENTS
) -> list[Difference]:
    """What the spec says of answers against what both clients make of them.

    Args:
        document: The spec, for its examples and for what the raw client leaves out.
        clients: Both clients.
    """
    facts = spec.facts(document)
    reached = {operation.function for operation in _operations.OPERATIONS}
    return [
        difference
        for operation in contract.OPERATIONS
        if operation.function in reached  # the seam says what it lacks
        for client in clients
        for difference in _Answers(document, facts, operation, client).differences()
    ]


class _Answers:
    def __init__(
        self,
        document: dict[str, Any],
        facts: Facts,
        operation: contract.Operation,
        client: type[Any],
    ) -> None:
        self.facts = facts
        self.operation = operation
        self.client = client
        self.method = f"{client.__name__}.{operation.function}"
        self.request = calls.least_values(operation, calls.examples(document, operation.name))

    def differences(self) -> Iterator[Difference]:
        if self.answered(httpx.Response(500)).request is None:
            return  # no call comes through: the methods' difference
        yield from self.output()
        for status, name in self.operation.errors.items():
            yield from self.error(status, name)
        for name in self.operation.stream_events:
            yield from self.event(name)
        for name in self.operation.stream_exceptions:
            yield from self.exception(name)

    def output(self) -> Iterator[Difference]:
        members = self.members(f"{self.operation.name}.output")
        document = {name: _sample(name, kind) for name, kind, place in members if place == "json"}
        headers = {each.wire_name: _sample(each.name) for each in self.operation.response_headers}
        body = b"" if self.operation.stream_events else json.dumps(document).encode()
        outcome = self.answered(
            httpx.Response(self.operation.status, headers=headers, content=body)
        )
        if outcome.error is not None:
            yield self.differ("an answer", "an output", calls.told(outcome.error), _RESPONSES)
            return
        kind = type(outcome.output).__name__
        wanted = {each.name: headers[each.wire_name] for each in self.operation.response_headers}
        wanted |= {python_name(name): value for name, value in document.items()}
        for name, value in wanted.items():
            found = getattr(outcome.output, name, None)
            if found != value:
                yield self.differ(name, value, found, f"{_RESPONSES}, and {kind} to have {name}")
        for header in self.operation.response_headers:
            if header.sensitive and headers[header.wire_name] in repr(outcome.output):
                yield self.differ(f"repr of {header.name}", "hidden", "shown", f"{kind} to hide it")

    def error(self, status: int, name: str) -> Iterator[Difference]:
        document = self.error_members(name)
        headers = {"x-amzn-errortype": name}
        outcome = self.answered(httpx.Response(status, headers=headers, json=document))
        yield from self.raised(name, document, outcome.error, _RESPONSES)

    def exception(self, name: str) -> Iterator[Difference]:
        document = self.error_members(name)
        headers = {":message-type": "exception", ":exception-type": name}
        outcome = self.streamed(headers, json.dumps(document).encode())
        yield from self.raised(name, document, outcome.error, _EVENTS)

    def event(self, name: str) -> Iterator[Difference]:
        """An event's payload is handed over; a stream gives bytes, and so has no place for more."""
        outcome = self.streamed({":message-type": "event", ":event-type": name}, _PART)
        paths = [where for where in self.facts if where.endswith(f".events.{name}")]
        members = [member for path in paths for member in self.members(path)]
        for member, _, place in members or [("", "", "")]:
            if place != "payload" or outcome.streamed != _PART:
                found = None if outcome.error is None else calls.told(outcome.error)
                remedy = (
                    f"{_EVENTS} to hand it over, and scripts/contract/answers.py to look for it"
                )
                yield self.differ(f"event {name} {member}".strip(), "handed over", found, remedy)

    def raised(
        self, name: str, document: dict[str, Any], error: Exception | None, remedy: str
    ) -> Iterator[Difference]:
        remedy = f"{remedy} to raise it, and wrapper/_errors.py to have it"
        if error is None or type(error) is not getattr(wrapper, name, None):
            found = None if error is None else type(error).__name__
            yield self.differ(f"error {name}", name, found, remedy)
            return
        for member, value in document.items():
            found = getattr(error, python_name(member), None)
            if found != value:
                yield self.differ(f"error {name}.{python_name(member)}", value, found, remedy)

    def members(self, path: str) -> list[tuple[str, str, str]]:
        """The name, type and location of each member right under a path of facts."""
        found = []
        for where, location in self.facts.items():
            parent, _, fact = where.rpartition(".")
            holder, _, name = parent.rpartition(".")
            if fact == "location" and holder == path and not name.startswith("("):
                found.append((name, str(self.facts[f"{parent}.type"]), str(location)))
        return found

    def error_members(self, name: str) -> dict[str, Any]:
        return {member: _sample(member, kind) for member, kind, _ in self.members(f"errors.{name}")}

    def answered(self, answer: httpx.Response) -> calls.Outcome:
        values, body = self.request
        return calls.call(self.client, self.operation.function, values, body, answer)

    def streamed(self, headers: dict[str, str], payload: bytes) -> calls.Outcome:
        frame = encode_message(headers, payload)
        return self.answered(httpx.Response(self.operation.status, content=frame))

    def differ(self, what: str, wanted: object, found: object, remedy: str) -> Difference:
        return Difference(
            "seam",
            f"{self.method}: {what}",
            str(wanted),
            None if found is None else str(found),
            f"teach {remedy}",
        )


def _sample(name: str, kind: str = "string") -> Any:
    """A value of a member, told apart from those of the others."""
    numbers = {"integer": 418, "long": 418, "boolean": True, "double": 1.5, "float": 1.5}
    return numbers.get(kind, f"the {name}")
