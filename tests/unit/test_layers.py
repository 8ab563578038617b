"""Imports only go down the layers, whether they stand at the top of a module or in a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import wrapper

ROOT = Path(wrapper.__file__).parent
MAX_LINES = 450

# The layer of each module; a package's name stands for all its modules. `docs` and the design say
# what belongs where: 4 does I/O, 3 knows HTTP, 2 looks things up, 1 is sans-I/O, 0 holds values.
LAYERS = {
    5: ["", "__main__", "local"],  # what stands on everything else
    4: ["_client", "_async_client", "_base_client", "_engine", "transports"],
    3: [
        *("_auth", "_calls", "_prepared_request", "_requests", "_responses", "_stream_events"),
        *("_stream_reading", "_streams"),
    ],
    2: ["_certificates", "_config", "_operations", "_settings", "credentials"],
    1: [
        *("_bodies", "_canonical_request", "_config_files", "_endpoints", "_http"),
        *(
            "_http11",
            "_json_problem",
            "_parameters",
            "_partitions",
            "_proxies",
            "_retry",
            "_retry_policy",
        ),
        *("_retry_quota", "_server_sent_events", "_server_time", "_splitting", "eventstream"),
        *("_user_agent", "sigv4"),
    ],
    0: [
        *("_boto3_names", "_credentials", "_errors", "_headers", "_json_problem", "_outputs"),
        *("_timeouts", "_values", "_version"),
    ],
}
LAYER_OF = {name: layer for layer, names in LAYERS.items() for name in names}

# What reads and writes, which sans-I/O modules have no business with.
IO_MODULES = {"asyncio", "httpx", "select", "selectors", "socket", "ssl", "subprocess"}
IO_MODULES |= {"http", "urllib.request", "tempfile", "shutil", "boto3", "botocore"}
# Sits on httpx by its nature, and only looks at requests.
KNOWS_HTTPX = {"_auth"}

MODULES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))
each_module = pytest.mark.parametrize("path", MODULES, ids=str)


def dotted(path: Path) -> str:
    """`credentials/_chain.py` as `credentials._chain`; the package itself as an empty string."""
    return ".".join(path.with_suffix("").parts).removesuffix("__init__").removesuffix(".")


def top(name: str) -> str:
    return name.partition(".")[0]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """The modules that a module imports, anywhere in it, by their full names, and the lines."""
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written in full"
            assert node.module is not None
            for alias in node.names:
                # `from wrapper import _errors` names a module, `from wrapper._errors import X` not.
                names_module = ROOT.parent.joinpath(*node.module.split("."), f"{alias.name}.py")
                name = f"{node.module}.{alias.name}" if names_module.is_file() else node.module
                yield name, node.lineno


def own_imports(path: Path) -> Iterator[tuple[str, int]]:
    for name, line in imports(path):
        if name == "wrapper" or name.startswith("wrapper."):
            yield name.removeprefix("wrapper").removeprefix("."), line


def test_the_walk_finds_imports():
    assert ("_errors", 9) not in own_imports(Path("_headers.py"))
    found = {name for name, _ in own_imports(Path("_operations.py"))}
    assert found == {"_errors", "_parameters"}
    assert "_errors" in {name for name, _ in own_imports(Path("_responses.py"))}  # from wrapper


@each_module
def test_every_module_has_a_layer(path):
    assert top(dotted(path)) in LAYER_OF, f"add {path} to a layer of this test's table"


@each_module
def test_imports_only_go_down(path):
    layer = LAYER_OF[top(dotted(path))]
    up = [
        f"{path}:{line} imports {name or 'wrapper'} of layer {LAYER_OF[top(name)]}"
        for name, line in own_imports(path)
        if LAYER_OF[top(name)] > layer
    ]
    assert not up


@each_module
def test_nothing_outside_the_local_runtime_imports_it(path):
    if top(dotted(path)) != "local":
        assert not [line for name, line in own_imports(path) if top(name) == "local"]


@each_module
def test_the_seam_alone_touches_the_generated_client(path):
    touches = any(top(name) == "sagemaker_runtime" for name, _ in imports(path))
    assert touches == (dotted(path) == "_operations")


@each_module
def test_a_sans_io_module_imports_nothing_that_reads_or_writes(path):
    name = top(dotted(path))
    if LAYER_OF[name] in {0, 1, 3} and name not in KNOWS_HTTPX:
        assert not {imported for imported, _ in imports(path)} & IO_MODULES


@each_module
def test_a_module_stays_readable_in_one_sitting(path):
    assert len((ROOT / path).read_text("utf-8").splitlines()) <= MAX_LINES


@each_module
def test_no_module_is_a_drawer(path):
    assert path.stem.strip("_") not in {"utils", "util", "helpers", "common", "misc", "tools"}
