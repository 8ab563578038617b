"""The public Python API of the wrapper and of the raw client, as stubs; and what of it has changed.

The stubs are mypy's (stubgen), with the defaults of classes' fields, which it leaves out, filled
in. griffe finds what is gone or moved; types and the fields' defaults are compared here.
"""

from __future__ import annotations

import ast
import builtins
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from scripts.contract.facts import ContractError
from scripts.contract.files import read_text

if TYPE_CHECKING:
    import griffe

__all__ = ["Change", "changes", "write_stubs"]

PACKAGES = (Path("wrapper"), Path("generated/sagemaker_runtime"))

Change: TypeAlias = tuple[str, str | None, str | None, Literal[True] | None]
"""What has changed, from what, to what, and that it breaks callers (True), or perhaps (None)."""

_ANYTHING = {"Any", "object"}
_UNKNOWN = {None, "Incomplete"}
_BUILTINS = {*dir(builtins), *_ANYTHING}


def changes(released: Path) -> Iterator[Change]:
    """What has changed since a release whose stubs are in a folder, and can break a caller.

    Raises:
        ContractError: The stubs of a package are not there, or a package does not compile.
    """
    import griffe

    with tempfile.TemporaryDirectory() as scratch:
        fresh, old, new = (Path(scratch) / name for name in ("stubs", "old", "new"))
        write_stubs(fresh)
        _as_modules(released, old)
        _as_modules(fresh, new)
        for package in PACKAGES:
            if not (old / package.name).is_dir():
                raise ContractError(
                    f"{released / package.name}: no stubs of the released API; "
                    "bring them back from version control, or run `make record-release`"
                )
            before, after = (
                griffe.load(
                    package.name,
                    search_paths=[folder],
                    allow_inspection=False,
                    try_relative_path=False,
                )
                for folder in (old, new)
            )
            for breakage in griffe.find_breaking_changes(before, after):
                now = [breakage.kind.value, _told(breakage.new_value)]
                yield (
                    breakage.obj.path,
                    _told(breakage.old_value),
                    ": ".join(filter(None, now)),
                    True,
                )
            yield from _retyped(before, after, set())


def write_stubs(target: Path) -> None:
    """Write the stubs of both packages to a folder.

    Raises:
        ContractError: A package does not compile.
    """
    from mypy import stubgen

    for package in PACKAGES:
        try:
            stubgen.main(["--quiet", "--output", str(target), str(package)])
        except SystemExit as error:
            reason = str(error.code).removeprefix("Critical error during semantic analysis: ")
            said = reason.strip().partition("\n")[0]
            raise ContractError(f"{package}: stubgen failed: {said}; mend it") from None
        for stub in (target / package.name).rglob("*.pyi"):
            source = package / stub.relative_to(target / package.name).with_suffix(".py")
            filled = _with_defaults(stub.read_text("utf-8"), source.read_text("utf-8"))
            stub.write_text(filled, "utf-8")


def _with_defaults(stub: str, source: str) -> str:
    """A stub with the defaults that the source gives to the fields of classes."""
    defaults = {
        (holder.name, ast.unparse(field.target)): ast.unparse(field.value)
        for holder, field in _fields(source)
        if field.value is not None
    }
    lines = stub.splitlines(keepends=True)
    for holder, field in _fields(stub):
        default = defaults.get((holder.name, ast.unparse(field.target)))
        if default is not None and field.value is not None and ast.unparse(field.value) == "...":
            line = lines[field.value.lineno - 1].encode()  # the parser counts bytes
            before, after = line[: field.value.col_offset], line[field.value.end_col_offset :]
            lines[field.value.lineno - 1] = f"{before.decode()}{default}{after.decode()}"
    return "".join(lines)


def _fields(source: str) -> Iterator[tuple[ast.ClassDef, ast.AnnAssign]]:
    for holder in ast.walk(ast.parse(source)):
        if isinstance(holder, ast.ClassDef):
            for statement in holder.body:
                if isinstance(statement, ast.AnnAssign):
                    yield holder, statement


def _as_modules(stubs: Path, target: Path) -> None:
    """Copy stubs as modules: griffe merges stubs into whatever package of the name it finds."""
    for path in stubs.rglob("*.pyi"):
        try:
            ast.parse(read_text(path))  # griffe would leave it out without a word
        except SyntaxError as error:
            raise ContractError(
                f"{path}:{error.lineno}: {error.msg}; bring it back from version control"
            ) from None
        module = target / path.relative_to(stubs).with_suffix(".py")
        module.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, module)


def _retyped(old: Any, new: Any, seen: set[str]) -> Iterator[Change]:
    """Types, and defaults of fields, that differ in what is public on both sides."""
    for name, member in old.all_members.items():
        if not member.is_public or name not in new.all_members:
            continue  # one that is gone, griffe tells
        before, after = _followed(member), _followed(new.all_members[name])
        if before is not None and after is None:
            yield f"{old.path}.{name}", before.path, "leads nowhere", True
        if before is None or after is None or before.kind is not after.kind or before.path in seen:
            continue
        seen.add(before.path)
        if before.is_module or before.is_class:
            yield from _retyped(before, after, seen)
        elif before.is_function:
            for parameter in before.parameters:
                if parameter.name in after.parameters:
                    now = after.parameters[parameter.name]
                    where = f"{before.path}({parameter.name})"
                    yield from _compared(where, parameter.annotation, now.annotation, taken=True)
            yield from _compared(f"{before.path}()", before.returns, after.returns, taken=False)
        else:
            yield from _compared(before.path, before.annotation, after.annotation, taken=False)
            then, today = (_text(each.value) for each in (before, after))
            if then not in {None, today} and before.parent.is_class:
                yield f"{before.path} =", then, today, True


def _followed(member: griffe.Object | griffe.Alias) -> Any:
    import griffe

    try:
        return member.final_target if isinstance(member, griffe.Alias) else member
    except griffe.AliasResolutionError:  # of another package
        return None


def _compared(where: str, then: object, today: object, *, taken: bool) -> Iterator[Change]:
    """A type that differs; one that is taken may grow, one that is given may shrink."""
    before, after = _text(then), _text(today)
    if before == after or before in _UNKNOWN or after in _UNKNOWN:
        return
    old, new = _alternatives(str(before)), _alternatives(str(after))
    narrower, wider = (old, new) if taken else (new, old)
    if narrower <= wider or wider & _ANYTHING:
        return
    # One name for another may be an alias of the same.
    is_sure = narrower >= wider or old ^ new <= _BUILTINS
    yield where, before, after, True if is_sure else None


def _alternatives(annotation: str) -> set[str]:
    """The members of a union; one for any other type."""
    found, pending = set(), [ast.parse(annotation, mode="eval").body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            pending += [node.left, node.right]
        else:
            found.add(ast.unparse(node))
    return found


def _told(value: Any) -> str:
    """What griffe says was there, or is: an object by its name, bases one by one."""
    import griffe

    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, griffe.Object | griffe.Alias):
        return value.name
    return "" if value is None else str(value)


def _text(expression: object) -> str | None:
    return None if expression is None else str(expression)
