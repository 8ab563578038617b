from __future__ import annotations

import pytest

from tests.aws_environment import isolate


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    isolate(monkeypatch, tmp_path)
    return tmp_path
