"""The wheel, in an empty environment away from the checkout, with the three dependencies alone."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import wrapper

ROOT = Path(__file__).parents[2]
RUN_TIME = ["httpx", "attrs", "python-dateutil"]

PROGRAM = """
import sys
sys.path.insert(0, {site!r})
import wrapper, sagemaker_runtime
from sagemaker_runtime.api.runtime import invoke_endpoint
assert wrapper.__file__.startswith({site!r}) and sagemaker_runtime.__file__.startswith({site!r})
for name in wrapper.__all__:
    getattr(wrapper, name)
sagemaker_runtime.Client("https://localhost")
client = wrapper.SageMakerRuntimeClient(
    "eu-west-1",
    endpoint_url="http://127.0.0.1:9",
    credentials=wrapper.Credentials("AKIDEXAMPLE", "secret"),
    retries=1,
)
try:
    client.invoke_endpoint("churn", {{}})
except wrapper.ConnectError:
    print("refused, as it should be")
try:
    import wrapper.local
except ImportError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_both_packages_typed_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert top == {
        "wrapper",
        "sagemaker_runtime",
        f"sagemaker_runtime_client-{wrapper.__version__}.dist-info",
    }
    assert {"wrapper/py.typed", "sagemaker_runtime/py.typed"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_works_with_its_three_dependencies_alone(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    for name in _with_all_they_need(list(RUN_TIME)):
        _copy_distribution(name, site)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", PROGRAM.format(site=str(site))],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stderr == ""
    assert "refused, as it should be" in done.stdout
    assert "pip install '.[local]'" in done.stdout


def test_the_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == wrapper.__version__
    assert f"## {wrapper.__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert sorted(re.split("[<>=]", line)[0] for line in project["dependencies"]) == sorted(
        RUN_TIME
    )


def _with_all_they_need(names: list[str]) -> set[str]:
    found: set[str] = set()
    while names:
        name = names.pop()
        if name in found:
            continue
        found.add(name)
        for requirement in importlib.metadata.requires(name) or []:
            needed, _, marker = requirement.partition(";")
            if "extra" in marker or ("python_version" in marker and "3.8" in marker):
                continue
            matched = re.match(r"[A-Za-z0-9._-]+", needed)
            assert matched is not None
            try:
                importlib.metadata.distribution(matched[0])
            except importlib.metadata.PackageNotFoundError:
                continue  # for another Python
            names.append(matched[0])
    return found


def _copy_distribution(name: str, site: Path) -> None:
    distribution = importlib.metadata.distribution(name)
    for file in distribution.files or []:
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = site / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(str(distribution.locate_file(file))), target)
