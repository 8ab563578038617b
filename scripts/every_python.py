"""Run the tests on every Python that is present, from 3.11 on, each in its own environment."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = tuple(f"3.{minor}" for minor in range(11, 20))


def interpreters() -> dict[str, str]:
    """The interpreters that are present and run, by their versions.

    Those on the path count, and those that pyenv has, which hides all but the chosen ones.
    """
    folders = [Path(folder) for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += sorted(pyenv.glob("versions/*/bin"))
    found: dict[str, str] = {}
    for version in VERSIONS:
        for folder in folders:
            path = shutil.which(f"python{version}", path=folder)
            if path is not None and _runs(path, version):
                found[version] = path
                break
    return found


def _runs(path: str, version: str) -> bool:
    program = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.strip() == version


def main() -> int:
    """Run the program; the exit status is 0 when the tests pass on every Python."""
    parser = argparse.ArgumentParser(prog="python -m scripts.every_python", description=__doc__)
    parser.add_argument("make", nargs="?", default="make", help="the make to run")
    parser.add_argument("--target", default="test", help="what to make on each Python")
    options = parser.parse_args()
    results: dict[str, int] = {}
    for version, path in interpreters().items():
        print(f"── Python {version} ({path})", flush=True)
        command = [options.make, options.target, f"PYTHON={path}", f"VENV=.venv-{version}"]
        results[version] = subprocess.run(command, check=False).returncode
    for version, status in results.items():
        print(f"Python {version}: {'passed' if status == 0 else 'FAILED'}")
    if not results:
        print("every_python: no Python from 3.11 on was found", file=sys.stderr)
        return 2
    return int(any(results.values()))


if __name__ == "__main__":
    sys.exit(main())
