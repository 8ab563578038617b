"""What the documents show is true: examples run, commands exist, links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
import uvicorn

from wrapper.local import LocalRuntime, faults

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
MAKEFILE = (ROOT / "Makefile").read_text()

Example = tuple[str, str]


def _fenced(language: str) -> list[Example]:
    """Each block of a language, with the document and the line that it begins at."""
    found: list[Example] = []
    for document in DOCUMENTS:
        text = document.read_text()
        for block in re.finditer(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, block.start()) + 1
            found.append((f"{document.relative_to(ROOT)}:{line}", block[1]))
    return found


def _program(example: Example) -> str:
    """An example as a program; an `>>>` session is left to doctest's reader of such."""
    return example[1]


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    """What the examples talk to: the endpoints that they name."""

    def llm(_: object) -> Iterator[bytes]:
        for word in ("Hello", "there"):
            yield f"data: {word}\n\n".encode()

    with LocalRuntime(
        {"churn": lambda _: {"predictions": [0.25]}, "llm": llm}, region="eu-west-1"
    ) as running:
        yield running


@pytest.fixture
def reached(runtime: LocalRuntime, monkeypatch: pytest.MonkeyPatch) -> LocalRuntime:
    """The same, with the environment of this process leading there."""
    for name, value in runtime.environment.items():
        monkeypatch.setenv(name, value)
    return runtime


EXAMPLES = _fenced("python")


@pytest.mark.parametrize("example", EXAMPLES, ids=[place for place, _ in EXAMPLES])
def test_an_example_runs(example: Example, runtime: LocalRuntime, tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile ops]\nregion = eu-west-1\n")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _program(example)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **runtime.environment},
        timeout=60,
    )
    assert done.stderr == ""
    assert done.returncode == 0


@contextmanager
def served(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join()


def test_the_web_service_of_the_recipes_streams(reached: LocalRuntime) -> None:
    (program,) = [text for _, text in EXAMPLES if "StreamingResponse" in text]
    names: dict[str, Any] = {}
    exec(program, names)  # it is this project's own
    with served(names["app"]) as url, httpx.Client(base_url=url, trust_env=False) as browser:
        assert browser.post("/chat", json={}).text == "data: Hello\n\ndata: there\n\n"
        reached.faults.next(faults.error("ValidationError"))
        assert browser.post("/chat", json={}).json() == {"error": "ValidationError"}
        reached.faults.next(
            faults.stream(faults.payload_part(b"data: a\n\n"), faults.error_event("X", "why"))
        )
        told = browser.post("/chat", json={}).text
        assert told == "data: a\n\nevent: error\ndata: ModelStreamError\n\n"


def test_the_lambda_function_of_the_recipes_answers(reached: LocalRuntime) -> None:
    (program,) = [text for _, text in EXAMPLES if "def handler(" in text]
    names: dict[str, Any] = {}
    exec(program, names)
    context = mock.Mock(get_remaining_time_in_millis=lambda: 5000)
    assert names["handler"]({"rows": [[1]]}, context) == {"predictions": [0.25]}


def test_there_are_examples_and_commands_to_check() -> None:
    places = {place.partition(":")[0] for place, _ in EXAMPLES}
    assert {"README.md", "docs/guides/calls.md", "docs/guides/streams.md"} <= places
    assert len(_commands()) >= 10


def _commands() -> list[tuple[str, str]]:
    lines = [
        (place, line.partition("  #")[0].strip())
        for place, block in _fenced("sh")
        for line in block.splitlines()
    ]
    return [(place, line) for place, line in lines if line and not line.startswith("#")]


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize(("place", "command"), _commands())
def test_a_make_command_names_a_target_and_variables_that_exist(place: str, command: str) -> None:
    program, *words = command.split()
    if program != "make":
        return
    for word in words:
        name, equals, _ = word.partition("=")
        if equals:
            assert f"$(if $({name})" in MAKEFILE, f"{place}: {command}"
        else:
            assert name in _targets(), f"{place}: {command}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_named_in_words_exist_and_links_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    for target in re.findall(r"`make\s+([a-z-]+)", text):
        assert target in _targets(), target
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (document.parent / link).exists(), link


def test_help_lists_every_target_that_is_meant_for_people() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    phony = set(re.findall(r"^\.PHONY: ([a-z-]+)", MAKEFILE, re.MULTILINE))
    assert listed == phony
