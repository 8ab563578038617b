"""An environment without the developer's own AWS settings, for tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


def isolate(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Take every AWS and proxy variable away and make `home` the home directory."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in _PROXIES or name == "REQUESTS_CA_BUNDLE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
