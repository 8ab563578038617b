"""Text of others, made fit for an error message."""

from __future__ import annotations

import re

__all__ = ["as_word", "excerpt"]

_LONGEST = 300
# Long runs of a token's letters with capitals, small letters and digits among them: keys, tokens.
_TOKEN = re.compile(
    r"(?=[A-Za-z0-9+/=_.-]*[A-Z])(?=[A-Za-z0-9+/=_.-]*[a-z])(?=[A-Za-z0-9+/=_.-]*[0-9])"
    r"[A-Za-z0-9+/=_.-]{20,}"
)


def as_word(text: str) -> str:
    """A name as it is typed in a shell: quoted where it has to be."""
    if re.fullmatch(r"[A-Za-z0-9_@%+=:,./-]+", text):
        return text
    import shlex

    return shlex.quote(text)


def excerpt(text: str | bytes, *secrets: str | None) -> str:
    """The beginning of a text that someone else wrote, without what may be secret.

    Given secrets, and whatever looks like a key or a token, are masked; control characters become
    spaces; at most 300 characters stay.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = "".join(character if character.isprintable() else " " for character in text[:5000])
    text = _TOKEN.sub("***", " ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
