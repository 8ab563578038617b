"""What is wrong with text that is no JSON, said without repeating any of it."""

from __future__ import annotations

import json

__all__ = ["json_problem"]


def json_problem(error: ValueError | RecursionError) -> str:
    """Say what `json.loads` could not parse, without repeating any of it."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at its character {error.pos}"
    if isinstance(error, UnicodeDecodeError):
        return f"its byte {error.start} is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply for Python's parser"
    return "it holds an integer of more digits than Python converts"
