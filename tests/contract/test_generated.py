"""The raw client is what the spec means: byte for byte, every file, on every Python."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import contract_diff, regen
from scripts.contract import generation, lock, python_names, spec
from scripts.contract.facts import ContractError

SPEC_ADDITION = """
        - name: X-Amzn-SageMaker-Priority
          x-amz-member: Priority
          in: header
          description: How urgent it is.
          schema: { $ref: "#/components/schemas/Header" }
          example: high
        - $ref: "#/components/parameters/EnableExplanations"
"""


@pytest.mark.slow
def test_a_changed_an_extra_and_a_missing_file_are_each_reported(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = checkout / generation.PACKAGE
    changed = package / "types.py"
    changed.write_bytes(changed.read_bytes().replace(b"UNSET", b"Unset", 1))
    (package / "extra.py").write_text("")
    (package / "errors.py").unlink()

    assert contract_diff.main(["generated", "--json"]) == 1

    found = json.loads(capsys.readouterr().out)["checks"]["generated"]
    remedies = {difference["where"]: difference["remedy"] for difference in found}
    names = ("errors.py", "extra.py", "types.py")
    remedy = "run `make regen`, with FORCE=1 if it was edited, added or deleted by hand"
    assert remedies == {str(generation.PACKAGE / name): remedy for name in names}
    assert {"types.py", "extra.py", "errors.py"} == set(
        lock.edited_files(generation.read_tree(generation.PACKAGE))
    )


@pytest.mark.slow
def test_a_change_of_the_same_length_is_shown_line_by_line(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = generation.PACKAGE / "client.py"
    changed.write_text(changed.read_text().replace('"verify": ', '"verifi": '))
    assert contract_diff.main(["generated"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("generated  1 difference\n")
    assert '      -            "verify": self.verify_ssl,\n' in said
    assert '      +            "verifi": self.verify_ssl,\n' in said

    changed.write_text("\n" * 400)
    assert contract_diff.main(["generated"]) == 1
    said = capsys.readouterr().out
    assert said.count("\n") == 18
    assert said.rstrip().endswith(" more lines")


@pytest.mark.slow
def test_what_lies_beside_the_raw_client_is_named(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = generation.PACKAGE.parent
    (folder / ".regen-stopped" / "old").mkdir(parents=True)
    (folder / "stray.py").write_text("")
    (generation.PACKAGE / "__pycache__").mkdir()
    (generation.PACKAGE / "__pycache__" / "hidden.py").write_text("")
    assert contract_diff.main(["generated", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["checks"]["generated"]
    assert {difference["where"] for difference in found} == {
        "generated/.regen-stopped",
        "generated/stray.py",
        "generated/sagemaker_runtime/__pycache__/hidden.py",
    }
    assert {difference["remedy"] for difference in found} == {
        "delete it, or move it elsewhere",
        "run `make regen`, with FORCE=1 if it was edited, added or deleted by hand",
    }


@pytest.mark.slow
def test_a_regeneration_removes_what_one_that_was_stopped_has_left(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = generation.PACKAGE.parent / ".regen-stopped"
    (left / "old").mkdir(parents=True)
    assert regen.regenerate(force=False) == []
    assert not left.exists()
    assert f"removed {left}" in capsys.readouterr().out


def test_a_regeneration_refuses_to_guess_what_a_stray_file_is_for(checkout: Path) -> None:
    stray = generation.PACKAGE.parent / "stray.py"
    stray.write_text("mine")
    for force in (False, True):
        with pytest.raises(ContractError, match=r"stray\.py: not made by `make regen`; move it"):
            regen.regenerate(force=force)
    assert stray.read_text() == "mine"


@pytest.mark.slow
def test_a_regeneration_that_cannot_write_changes_nothing(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (generation.PACKAGE / "client.py").unlink()
    before = generation.read_tree(generation.PACKAGE.parent)
    lock.LOCK.unlink()
    lock.LOCK.mkdir()
    monkeypatch.setattr(sys, "argv", ["regen", "--force"])
    assert regen.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("regen: openapi/spec.lock")
    assert said.count("\n") == 1
    assert generation.read_tree(generation.PACKAGE.parent) == before
    assert not lock.LOCK.with_suffix(".lock.new").exists()


BAD_LOCKS: list[bytes | None] = [
    b"{",
    b"[]",
    b"null",
    b"\xff",
    b"[" * 100_000,
    b'{"spec": {}, "tools": {}}',
    b'{"spec": {}, "tools": 3, "files": {}}',
    b'{"spec": {}, "tools": {}, "files": {"types.py": 1}}',
    None,
]


@pytest.mark.parametrize("content", BAD_LOCKS)
def test_a_garbled_lock_is_one_line_that_names_the_remedy(
    content: bytes | None, checkout: Path
) -> None:
    lock.LOCK.unlink()
    if content is not None:
        lock.LOCK.write_bytes(content)
    with pytest.raises(ContractError, match=r"^openapi/spec\.lock: [^\n]*$"):
        regen.regenerate(force=False)


@pytest.mark.slow
def test_a_garbled_lock_is_a_difference_and_made_anew_by_force(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = lock.LOCK.read_bytes()
    lock.LOCK.write_bytes(b"{")
    assert contract_diff.main(["generated", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["checks"]["generated"]
    assert found["where"] == "openapi/spec.lock"
    assert found["remedy"] == "run `make regen FORCE=1`"
    assert regen.regenerate(force=True) == []
    assert lock.LOCK.read_bytes() == good


@pytest.mark.parametrize(
    "missing",
    [
        "requirements/dev.in",
        "requirements/dev.txt",
        "openapi/generator.yaml",
        "openapi/templates/contract.py.jinja",
        "openapi/sagemaker-runtime.yaml",
    ],
)
def test_a_missing_file_is_named(missing: str, checkout: Path) -> None:
    Path(missing).unlink()
    with pytest.raises(ContractError, match=f"^{missing}: no such file; bring it back"):
        regen.regenerate(force=False)


@pytest.mark.slow
def test_values_are_not_closed_and_defaults_not_sent(tmp_path: Path, in_root: None) -> None:
    document = spec.load(spec.SPEC)
    schemas = document["components"]["schemas"]
    schemas["TargetModel"] |= {"enum": ["model-a.tar.gz"], "default": "model-a.tar.gz"}
    schemas["ModelError"]["properties"]["LogStreamArn"] |= {"enum": ["arn:1", "arn:2"]}
    fresh = tmp_path / generation.PACKAGE.name
    generation.generate(document, fresh)
    assert generation.read_tree(fresh) == generation.read_tree(generation.PACKAGE)


@pytest.mark.slow
def test_a_header_in_the_spec_becomes_an_argument_a_rule_and_a_new_lock(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = '        - $ref: "#/components/parameters/EnableExplanations"\n'
    text = spec.SPEC.read_text()
    spec.SPEC.write_text(text.replace(old, SPEC_ADDITION.lstrip("\n")))
    assert contract_diff.main(["generated", "--json"]) == 1
    capsys.readouterr()

    changed = regen.regenerate(force=False)

    assert changed == ["api/runtime/invoke_endpoint.py", "contract.py"]
    module = (generation.PACKAGE / "api/runtime/invoke_endpoint.py").read_text()
    assert 'headers["X-Amzn-SageMaker-Priority"] = x_amzn_sage_maker_priority' in module
    assert "x_amzn_sage_maker_priority: How urgent it is." in module
    assert 'name="priority"' in (generation.PACKAGE / "contract.py").read_text()
    assert contract_diff.main(["generated"]) == 0
    assert not list(generation.PACKAGE.parent.glob(".regen-*"))


@pytest.mark.slow
def test_stale_files_do_not_survive_a_regeneration(checkout: Path) -> None:
    (generation.PACKAGE / "models" / "left_over.py").write_text("")
    with pytest.raises(ContractError, match=r"left_over\.py: not as `make regen` left it"):
        regen.regenerate(force=False)
    assert regen.regenerate(force=True) == ["models/left_over.py"]
    assert regen.regenerate(force=False) == []


def test_an_edit_by_hand_is_refused_by_name_and_nothing_is_overwritten(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = generation.PACKAGE / "client.py"
    edited.write_text(edited.read_text() + "# by hand\n")
    monkeypatch.setattr(sys, "argv", ["regen"])
    assert regen.main() == 2
    said = capsys.readouterr().err
    assert "generated/sagemaker_runtime/client.py: not as `make regen` left it" in said
    assert "make regen FORCE=1" in said
    assert said.count("\n") == 1
    assert edited.read_text().endswith("# by hand\n")


BAD_SPECS = [
    ("openapi: [", r"sagemaker-runtime.yaml:\d+: does not parse"),
    ("openapi: 3.1.0\n", "not valid OpenAPI"),
    ("- a list\n", "its top level is not a mapping"),
    ("\x00", "does not parse"),
]


@pytest.mark.parametrize(("text", "problem"), BAD_SPECS)
def test_a_spec_that_does_not_hold_is_a_one_line_error_and_changes_nothing(
    text: str,
    problem: str,
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = generation.read_tree(generation.PACKAGE), lock.LOCK.read_bytes()
    spec.SPEC.write_text(text)
    monkeypatch.setattr(sys, "argv", ["regen"])
    assert regen.main() == 2
    said = capsys.readouterr().err
    assert said.startswith("regen: openapi/sagemaker-runtime.yaml")
    assert said.count("\n") == 1
    with pytest.raises(ContractError, match=problem):
        spec.load(spec.SPEC)
    assert (generation.read_tree(generation.PACKAGE), lock.LOCK.read_bytes()) == before


@pytest.mark.slow
def test_what_the_generator_warns_of_is_fatal_and_changes_nothing(checkout: Path) -> None:
    before = generation.read_tree(generation.PACKAGE)
    text = spec.SPEC.read_text()
    # The generator leaves a media type that it does not know out, with a warning.
    spec.SPEC.write_text(
        text.replace("            application/json:\n", "            video/mp4:\n", 1)
    )
    with pytest.raises(ContractError, match="openapi-python-client refused it"):
        regen.regenerate(force=False)
    assert generation.read_tree(generation.PACKAGE) == before
    assert not list(generation.PACKAGE.parent.glob(".regen-*"))


def test_a_generator_of_another_version_is_refused(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = lock.REQUIREMENTS.read_text()
    lock.REQUIREMENTS.write_text(
        pins.replace("openapi-python-client==", "openapi-python-client==9")
    )
    monkeypatch.setattr(sys, "argv", ["regen"])
    assert regen.main() == 2
    said = capsys.readouterr().err
    assert "openapi-python-client is pinned to 90" in said
    assert "run `make lock`, then `make setup`" in said
    assert said.count("\n") == 1


def test_a_tool_that_is_pinned_but_not_installed_needs_the_environment_anew(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_installed", lambda _: "0.0.1")
    with pytest.raises(ContractError, match=r"installed is 0\.0\.1; run `make setup -B`"):
        lock.require_pinned_tools()


def test_a_tool_that_is_not_pinned_is_named(checkout: Path) -> None:
    pins = lock.REQUIREMENTS.read_text()
    lock.REQUIREMENTS.write_text(pins.replace("ruff==", "# ruff=="))
    with pytest.raises(ContractError, match=r"dev\.in: does not pin ruff; add `ruff=="):
        lock.require_pinned_tools()


@pytest.fixture
def odd_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A ruff on the path that breaks everything, and configurations that say otherwise."""
    tools = tmp_path / "odd-tools"
    tools.mkdir()
    (tools / "ruff").write_text("#!/bin/sh\nfind . -name '*.py' -exec sh -c 'echo x > {}' ';'\n")
    (tools / "ruff").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    for folder in (tmp_path, tmp_path.parent):
        (folder / "ruff.toml").write_text("line-length = 40\n")
    yield tmp_path
    (tmp_path.parent / "ruff.toml").unlink()


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_what_lies_around(
    checkout: Path, odd_surroundings: Path
) -> None:
    fresh = odd_surroundings / "fresh" / "sagemaker_runtime"
    generation.generate(spec.load(spec.SPEC), fresh)
    assert generation.read_tree(fresh) == generation.read_tree(generation.PACKAGE)


def test_every_generated_file_says_that_it_is(in_root: None) -> None:
    files = generation.read_tree(generation.PACKAGE)
    assert "py.typed" in files
    for name, content in files.items():
        if name.endswith(".py"):
            assert content.startswith(b"# Made by `make regen`"), name


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("ContentType", "content_type"),
        ("RequestTTLSeconds", "request_ttl_seconds"),
        ("S3OutputPathExtension", "s3_output_path_extension"),
        ("InvokeEndpointWithResponseStream", "invoke_endpoint_with_response_stream"),
        ("EndpointName", "endpoint_name"),
    ],
)
def test_python_names_follow_the_members(member: str, name: str) -> None:
    from botocore import xform_name

    assert python_names.python_name(member) == name
    assert xform_name(member) == name


@pytest.mark.parametrize("program", ["regen", "contract_diff", "record_release", "every_python"])
def test_every_program_explains_itself(program: str, in_root: None) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.{program}", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "usage: python -m scripts." in done.stdout
