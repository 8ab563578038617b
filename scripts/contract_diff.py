"""Check every link of the contract chain, and print what differs.

    upstream   AWS's service model, against the spec; openapi/deviations.yaml holds what is meant
    generated  the spec, against the raw client and openapi/spec.lock
    seam       the raw client, against the wrapper's seam
    methods    the seam, against the public methods of both clients
    released   the last released spec and Python API, against today's

Exit status: 0 nothing differs, 1 something does, 2 a check could not run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from scripts.contract import deviations, generation, lint, lock, released, spec, upstream
from scripts.contract.facts import ContractError, Difference, compare, render

UPSTREAM_REMEDIES = (
    "add it to openapi/sagemaker-runtime.yaml, then `make regen`",
    "delete it from openapi/sagemaker-runtime.yaml, or say why it stays in openapi/deviations.yaml",
    "bring openapi/sagemaker-runtime.yaml in line, or say why not in openapi/deviations.yaml",
)
TRAIT_REMEDY = (
    "nothing here reads this trait: if it changes neither requests nor answers, say so in "
    "openapi/deviations.yaml (ours: null); else read it in upstream.py and spec.py"
)


@attrs.frozen
class Inputs:
    """What the checks read.

    Attributes:
        document: The spec.
        model: The path of the upstream service model; None for the pinned botocore's.
    """

    document: dict[str, Any]
    model: Path | None


def check_upstream(inputs: Inputs) -> list[Difference]:
    """Upstream against the spec, less the deviations, and what a valid spec can still get wrong."""
    path = inputs.model or upstream.default_model_path()
    theirs = upstream.facts(upstream.load(path), path)
    ours = spec.facts(inputs.document)
    differences = [
        attrs.evolve(found, remedy=TRAIT_REMEDY) if ".trait(" in found.where else found
        for found in compare("upstream", theirs, ours, remedies=UPSTREAM_REMEDIES)
    ]
    meant = deviations.load(deviations.DEVIATIONS)
    return [
        *deviations.settle(differences, meant, upstream=theirs, ours=ours),
        *lint.check(inputs.document),
    ]


def check_generated(inputs: Inputs) -> list[Difference]:
    """The spec against the raw client and the lock."""
    lock.require_pinned_tools()
    differing = generation.check(inputs.document, generation.PACKAGE)
    reported = {found.where for found in differing}
    locked = lock.check(spec.SPEC, generation.read_tree(generation.PACKAGE))
    of_file = f"{lock.LOCK}: files."
    return [
        *differing,
        *(
            found
            for found in locked
            if str(generation.PACKAGE / found.where.removeprefix(of_file)) not in reported
        ),
    ]


def check_seam(inputs: Inputs) -> list[Difference]:
    """The raw client against the seam, and what its answers mean against the outputs and errors."""
    # Late: the other checks shall run, and say what is wrong, when the packages do not import.
    from scripts.contract import answers, wrapper

    return [*wrapper.check_seam(inputs.document), *answers.check(inputs.document)]


def check_methods(inputs: Inputs) -> list[Difference]:
    """The seam against the public methods."""
    from scripts.contract import wrapper

    return wrapper.check_methods(inputs.document)


def check_released(inputs: Inputs) -> list[Difference]:
    """The last release against today."""
    return released.check(inputs.document)


CHECKS: dict[str, tuple[Callable[[Inputs], list[Difference]], tuple[str, str]]] = {
    "upstream": (check_upstream, ("upstream", "spec")),
    "generated": (check_generated, ("expected", "found")),
    "seam": (check_seam, ("generated", "seam")),
    "methods": (check_methods, ("seam", "method")),
    "released": (check_released, ("released", "today")),
}


def main(arguments: list[str] | None = None) -> int:
    """Run the program and give its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.contract_diff",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"one of {', '.join(CHECKS)}")
    parser.add_argument("--upstream", type=Path, metavar="FILE", help="a service-2.json[.gz]")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.checks if name not in CHECKS]
    if unknown:
        parser.error(f"no check {unknown[0]!r}; there are {', '.join(CHECKS)}")
    try:
        inputs = Inputs(document=spec.load(spec.SPEC), model=options.upstream)
    except ContractError as error:
        print(f"contract-diff: {error}", file=sys.stderr)
        return 2
    results: dict[str, list[Difference]] = {}
    failures: dict[str, str] = {}
    for name in options.checks or CHECKS:
        try:
            results[name] = CHECKS[name][0](inputs)
        except Exception as error:  # noqa: BLE001  # the other checks shall have their say
            failures[name] = _problem(error)
    print(_as_json(results, failures) if options.json else _as_text(results, failures))
    for name, problem in failures.items():
        print(f"contract-diff: {name}: {problem}", file=sys.stderr)
    if failures:
        return 2
    return 1 if any(_wrong(found) for found in results.values()) else 0


def _problem(error: Exception) -> str:
    """What kept a check from running, in one line: where, what, and what to do."""
    if isinstance(error, ContractError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    path, line = _place(error)
    lacking = str(error.name).partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if path.startswith("generated/") or lacking == generation.PACKAGE.name:
        remedy = "run `make regen`, with FORCE=1 if it was edited by hand"
    elif lacking and not Path(lacking).exists():
        remedy = "run `make setup -B`"
    elif generation.PACKAGE.name in str(error):
        remedy = "the raw client has no such thing: delete it there, or put it back into the spec"
    else:
        remedy = "mend it"
    said = " ".join(str(getattr(error, "msg", None) or error).split())
    return f"{path}:{line}: {type(error).__name__}: {said}; {remedy}"


def _place(error: Exception) -> tuple[str, int | None]:
    """The file and line where an exception comes from: the last of ours on the way there."""
    if isinstance(error, SyntaxError) and error.filename:
        return os.path.relpath(error.filename), error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    places = [(os.path.relpath(frame.filename), frame.lineno) for frame in frames]
    ours = [each for each in places if each[0].startswith(("generated/", "wrapper/", "scripts/"))]
    return (ours or places)[-1]


def _wrong(found: list[Difference]) -> int:
    return sum(not difference.is_note for difference in found)


def _as_json(results: dict[str, list[Difference]], failures: dict[str, str]) -> str:
    return json.dumps(
        {
            "differences": sum(map(_wrong, results.values())),
            "checks": {
                name: [attrs.asdict(difference) for difference in found]
                for name, found in results.items()
            },
            "could_not_run": failures,
        },
        indent=2,
    )


def _as_text(results: dict[str, list[Difference]], failures: dict[str, str]) -> str:
    lines: list[str] = []
    for name, found in results.items():
        wrong = _wrong(found)
        said = _counted(wrong, "difference") if wrong else "ok"
        notes = len(found) - wrong
        allowed = f", {_counted(notes, 'change')} allowed" if notes else ""
        lines.append(f"{name:<10} {said}{allowed}")
        if found:
            lines.append(render(found, labels=CHECKS[name][1]))
    return "\n".join([*lines, *(f"{name:<10} could not run" for name in failures)])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
