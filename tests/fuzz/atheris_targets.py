"""The targets under a coverage-guided fuzzer, where atheris installs; it is no dependency.

    python -m pip install atheris
    python -m tests.fuzz.atheris_targets event_stream -max_total_time=60

Without a name it lists the targets. Options are libFuzzer's. The corpus begins with the samples.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run it."""
    try:
        import atheris  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        print("atheris is not installed: python -m pip install atheris", file=sys.stderr)  # noqa: T201
        return 2
    with atheris.instrument_imports(include=["wrapper"]):
        from tests.fuzz.targets import TARGETS
    from tests.fuzz.samples import SAMPLES

    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        lines = [f"  {name:22}{(target.__doc__ or '')}" for name, target in TARGETS.items()]
        print("targets:", *lines, sep="\n", file=sys.stderr)  # noqa: T201
        return 2
    name = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as corpus:
        for number, sample in enumerate(SAMPLES[name]):
            for size in (0, 6, 255):
                Path(corpus, f"{number}-{size}").write_bytes(bytes([size, number]) + sample)
        atheris.Setup([*sys.argv, corpus], TARGETS[name])
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
