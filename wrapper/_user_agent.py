"""The `User-Agent` header, and what an application may call itself in it."""

from __future__ import annotations

import re
import sys

from wrapper._errors import ConfigurationError
from wrapper._version import __version__

__all__ = ["as_app_id", "user_agent"]

# https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
_LONGEST = 50
_CHARACTERS = r"[A-Za-z0-9!$%&'*+.^_`|~,-]"
_OTHER_CHARACTERS = r"[^A-Za-z0-9!$%&'*+.^_`|~,-]"


def user_agent(app_id: str | None) -> str:
    """The value of the `User-Agent` header.

    Args:
        app_id: What the caller's application calls itself (`AWS_SDK_UA_APP_ID`).

    Raises:
        ConfigurationError: It is not what AWS accepts as an application's id.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    agent = f"sagemaker-runtime-client/{__version__} os/{sys.platform} lang/python#{version}"
    if not app_id:
        return agent
    if not re.fullmatch(f"{_CHARACTERS}{{1,{_LONGEST}}}", app_id):
        raise ConfigurationError(
            f"app_id: {app_id[:80]!r} is not accepted: at most {_LONGEST} characters, each a "
            "letter, a digit or one of !$%&'*+-.^_`|~,",
            setting="app_id",
        )
    return f"{agent} app/{app_id}"


def as_app_id(text: str) -> str:
    """An id out of what the environment or a profile says, made acceptable as botocore makes it.

    A name that was given to all of a machine's programs must not keep one from starting.
    """
    return re.sub(_OTHER_CHARACTERS, "-", text)[:_LONGEST]
