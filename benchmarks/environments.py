"""An environment of its own for each peer, under `.bench/`: its pip install, and no more."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

__all__ = ["FOLDER", "ROOT", "Environment", "only_run", "prepare"]

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".bench"
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


class Environment:
    """Where a peer is installed.

    Args:
        peer: Its name; its pins are in `requirements/bench-<peer>.txt`.
    """

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.folder = FOLDER / _PYTHON / peer
        self.python = self.folder / "bin" / "python"
        self.requirements = ROOT / "requirements" / f"bench-{peer}.txt"

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        return next(self.folder.glob("lib/python*/site-packages"))

    def installed_bytes(self) -> int:
        """What the client takes on disk with all that it depends on, compiled by pip as usual."""
        return sum(path.stat().st_size for path in self.packages.rglob("*") if path.is_file())

    def versions(self) -> dict[str, str]:
        """The version of each package in it."""
        infos = (path.name.removesuffix(".dist-info") for path in self.packages.glob("*.dist-info"))
        return dict(sorted(name.rsplit("-", 1) for name in infos))

    def make(self) -> None:
        """Make it, unless it is there as it should be."""
        stamp = self.folder / ".stamp"
        wanted = self._stamp()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        print(f"Setting up the environment of {self.peer} …", file=sys.stderr, flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        venv.EnvBuilder(symlinks=True).create(self.folder)
        arguments = ["-r", str(self.requirements)]
        if self.peer == "wrapper":
            arguments.append(str(_build_wheel(self.folder / "wheel")))
        _pip("--python", str(self.python), "install", *arguments)
        stamp.write_text(wanted)

    def _stamp(self) -> str:
        files = [self.requirements]
        if self.peer == "wrapper":
            files.append(ROOT / "pyproject.toml")
            for folder in ("wrapper", "generated"):
                files += (path for path in (ROOT / folder).rglob("*") if path.suffix != ".pyc")
        stamp = sha256(sys.version.encode())
        for path in sorted(files):
            if path.is_file():
                stamp.update(f"{path.relative_to(ROOT)}\0".encode())
                stamp.update(sha256(path.read_bytes()).digest())
        return stamp.hexdigest()


def prepare(peers: Iterable[str]) -> dict[str, Environment]:
    """The environments of these peers, ready."""
    environments = {peer: Environment(peer) for peer in peers}
    for environment in environments.values():
        environment.make()
    return environments


@contextmanager
def only_run() -> Iterator[None]:
    """Let no other run of this checkout disturb this one: they share the cores and the folder."""
    import fcntl  # where there is none, the command says that it needs Linux

    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(
                "python -m benchmarks: another run is under way in this checkout; wait for its end"
            ) from None
        yield


def _build_wheel(folder: Path) -> Path:
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def _pip(*arguments: str) -> None:
    """Run pip from an environment that no peer sees: theirs hold their own packages only."""
    folder = FOLDER / _PYTHON / "pip"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.EnvBuilder(symlinks=True, with_pip=True).create(folder)
    command = (str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments)
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise SystemExit(f"failed: pip {' '.join(arguments)}\n{done.stdout.decode()}")
