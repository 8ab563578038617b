"""Each kind of drift between AWS's service model and the spec is seen and named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import contract_diff
from scripts.contract import deviations, facts, spec, upstream

Model = dict[str, Any]
Diff = Callable[[Model], tuple[int, dict[str, dict[str, Any]]]]

PAYLOAD_PART = "InvokeEndpointWithResponseStream.output.Body.events.PayloadPart"


def test_today_nothing_differs_but_what_is_meant(model: Model, diff: Diff) -> None:
    assert diff(model) == (0, {})


def _member(model: Model, name: str, shape: str = "InvokeEndpointInput") -> Model:
    member: Model = model["shapes"][shape]["members"][name]
    return member


def _rename_header(model: Model) -> None:
    _member(model, "TargetModel")["locationName"] = "X-Amzn-SageMaker-Model"


def _change_limit(model: Model) -> None:
    model["shapes"]["TargetModelHeader"]["max"] = 2048


def _drop_limit(model: Model) -> None:
    del model["shapes"]["SessionIdHeader"]["max"]


def _change_integer_limit(model: Model) -> None:
    model["shapes"]["RequestTTLSecondsHeader"]["min"] = 30


def _change_pattern(model: Model) -> None:
    model["shapes"]["FilenameHeader"]["pattern"] = "^[a-z]+$"


def _flip_required(model: Model) -> None:
    model["shapes"]["InvokeEndpointInput"]["required"].append("ContentType")


def _change_type(model: Model) -> None:
    model["shapes"]["InvocationTimeoutSecondsHeader"]["type"] = "long"


def _change_location(model: Model) -> None:
    _member(model, "InferenceId")["location"] = "querystring"


def _mark_sensitive(model: Model) -> None:
    model["shapes"]["TargetModelHeader"]["sensitive"] = True


def _add_parameter(model: Model) -> None:
    model["shapes"]["InvokeEndpointInput"]["members"]["Priority"] = {
        "shape": "Header",
        "location": "header",
        "locationName": "X-Amzn-SageMaker-Priority",
    }


def _remove_parameter(model: Model) -> None:
    del model["shapes"]["InvokeEndpointAsyncInput"]["members"]["Filename"]


def _add_response_header(model: Model) -> None:
    model["shapes"]["InvokeEndpointOutput"]["members"]["ModelVersion"] = {
        "shape": "Header",
        "location": "header",
        "locationName": "X-Amzn-SageMaker-Model-Version",
    }


def _add_error(model: Model) -> None:
    model["shapes"]["QuotaExceeded"] = {
        "type": "structure",
        "members": {"Message": {"shape": "Message"}},
        "error": {"httpStatusCode": 402},
        "exception": True,
    }
    model["operations"]["InvokeEndpoint"]["errors"].append({"shape": "QuotaExceeded"})


def _remove_error(model: Model) -> None:
    errors = model["operations"]["InvokeEndpoint"]["errors"]
    errors.remove({"shape": "ModelNotReadyException"})


def _change_status_of_error(model: Model) -> None:
    model["shapes"]["ModelError"]["error"]["httpStatusCode"] = 502


def _add_member_of_error(model: Model) -> None:
    model["shapes"]["ModelError"]["members"]["RetryAfter"] = {"shape": "StatusCode"}


def _change_status(model: Model) -> None:
    model["operations"]["InvokeEndpointAsync"]["http"]["responseCode"] = 201


def _change_path(model: Model) -> None:
    model["operations"]["InvokeEndpoint"]["http"]["requestUri"] = "/v2/{EndpointName}"


def _add_operation(model: Model) -> None:
    model["operations"]["InvokeEndpointTwice"] = {
        **model["operations"]["InvokeEndpoint"],
        "name": "InvokeEndpointTwice",
    }


def _remove_operation(model: Model) -> None:
    del model["operations"]["InvokeEndpointAsync"]


def _add_event(model: Model) -> None:
    model["shapes"]["Usage"] = {"type": "structure", "members": {}, "event": True}
    model["shapes"]["ResponseStream"]["members"]["Usage"] = {"shape": "Usage"}


def _add_unknown_trait(model: Model) -> None:
    model["operations"]["InvokeEndpoint"]["httpChecksum"] = {"requestChecksumRequired": True}


def _change_signing_name(model: Model) -> None:
    model["metadata"]["signingName"] = "sagemaker-runtime"


def _change_auth(model: Model) -> None:
    model["metadata"]["auth"] = ["aws.auth#sigv4a"]


def _add_protocol(model: Model) -> None:
    model["metadata"]["protocols"].append("smithy-rpc-v2-cbor")


def _add_key_of_the_model(model: Model) -> None:
    model["clientContextParams"] = {"UseSomething": {"type": "boolean"}}


def _add_trait_of_a_structure(model: Model) -> None:
    model["shapes"]["InvokeEndpointInput"]["union"] = True


def _add_trait_of_a_reference(model: Model) -> None:
    model["operations"]["InvokeEndpoint"]["input"]["locationName"] = "Request"


def _add_code_of_error(model: Model) -> None:
    model["shapes"]["ModelError"]["error"]["code"] = "ModelFailure"


def _add_enumeration(model: Model) -> None:
    model["shapes"]["TargetModelHeader"]["enum"] = ["model-b.tar.gz", "model-a.tar.gz"]


def _deprecate_parameter(model: Model) -> None:
    _member(model, "TargetModel")["deprecated"] = True


def _deprecate_operation(model: Model) -> None:
    model["operations"]["InvokeEndpointAsync"] |= {
        "deprecated": True,
        "deprecatedMessage": "Use another.",
    }


def _limit_member_of_event(model: Model) -> None:
    model["shapes"]["PartBlob"]["max"] = 1024


def _require_member_of_event(model: Model) -> None:
    model["shapes"]["PayloadPart"]["required"] = ["Bytes"]


def _move_member_of_event(model: Model) -> None:
    model["shapes"]["PayloadPart"]["members"]["Bytes"] = {"shape": "PartBlob", "eventheader": True}


def _add_trait_of_a_member_of_event(model: Model) -> None:
    _member(model, "Bytes", "PayloadPart")["locationName"] = "b"


def _add_trait_of_a_stream(model: Model) -> None:
    model["shapes"]["ResponseStream"]["document"] = True


def _add_trait_of_a_kind_of_event(model: Model) -> None:
    _member(model, "PayloadPart", "ResponseStream")["hostLabel"] = True


def _add_nested_member(model: Model) -> None:
    model["shapes"]["Usage"] = {"type": "structure", "members": {"Tokens": {"shape": "StatusCode"}}}
    model["shapes"]["InvokeEndpointAsyncOutput"]["members"]["Usage"] = {"shape": "Usage"}


DRIFTS: list[tuple[Callable[[Model], None], str, object, object]] = [
    (_rename_header, "InvokeEndpoint.input.TargetModel.wire_name", "X-Amzn-SageMaker-Model", "X-Amzn-SageMaker-Target-Model"),
    (_change_limit, "InvokeEndpoint.input.TargetModel.max", 2048, 1024),
    (_drop_limit, "InvokeEndpointWithResponseStream.input.SessionId.max", None, 256),
    (_change_integer_limit, "InvokeEndpointAsync.input.RequestTTLSeconds.min", 30, 60),
    (_change_pattern, "InvokeEndpointAsync.input.Filename.pattern", "^[a-z]+$", r"^(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9-_\.]*$"),
    (_flip_required, "InvokeEndpoint.input.ContentType.required", True, False),
    (_change_type, "InvokeEndpointAsync.input.InvocationTimeoutSeconds.type", "long", "integer"),
    (_change_location, "InvokeEndpoint.input.InferenceId.location", "query", "header"),
    (_mark_sensitive, "InvokeEndpoint.input.TargetModel.sensitive", True, False),
    (_add_parameter, "InvokeEndpoint.input.Priority", "present", None),
    (_remove_parameter, "InvokeEndpointAsync.input.Filename", None, "present"),
    (_add_response_header, "InvokeEndpoint.output.ModelVersion", "present", None),
    (_add_error, "InvokeEndpoint.errors.QuotaExceeded", "present", None),
    (_remove_error, "InvokeEndpoint.errors.ModelNotReadyException", None, "present"),
    (_change_status_of_error, "errors.ModelError.status", 502, 424),
    (_add_member_of_error, "errors.ModelError.RetryAfter", "present", None),
    (_change_status, "InvokeEndpointAsync.status", 201, 202),
    (_change_path, "InvokeEndpoint.path", "/v2/{EndpointName}", "/endpoints/{EndpointName}/invocations"),
    (_add_operation, "InvokeEndpointTwice", "present", None),
    (_remove_operation, "InvokeEndpointAsync", None, "present"),
    (_add_event, "InvokeEndpointWithResponseStream.output.Body.events.Usage", "present", None),
    (_add_unknown_trait, "InvokeEndpoint.trait(httpChecksum)", '{"requestChecksumRequired": true}', None),
    (_change_signing_name, "service.signingName", "sagemaker-runtime", "sagemaker"),
    (_change_auth, "service.auth", '["aws.auth#sigv4a"]', '["aws.auth#sigv4"]'),
    (_add_protocol, "service.protocols", '["rest-json", "smithy-rpc-v2-cbor"]', '["rest-json"]'),
    (_add_key_of_the_model, "service.trait(clientContextParams)", '{"UseSomething": {"type": "boolean"}}', None),
    (_add_trait_of_a_structure, "InvokeEndpoint.input.trait(union)", "true", None),
    (_add_trait_of_a_reference, "InvokeEndpoint.input.trait(locationName)", '"Request"', None),
    (_add_code_of_error, "errors.ModelError.error.trait(code)", '"ModelFailure"', None),
    (_add_enumeration, "InvokeEndpoint.input.TargetModel.enum", '["model-a.tar.gz", "model-b.tar.gz"]', None),
    (_deprecate_parameter, "InvokeEndpoint.input.TargetModel.deprecated", True, None),
    (_deprecate_operation, "InvokeEndpointAsync.deprecated", True, None),
    (_limit_member_of_event, f"{PAYLOAD_PART}.Bytes.max", 1024, None),
    (_require_member_of_event, f"{PAYLOAD_PART}.Bytes.required", True, False),
    (_move_member_of_event, f"{PAYLOAD_PART}.Bytes.location", "header", "payload"),
    (_add_trait_of_a_member_of_event, f"{PAYLOAD_PART}.Bytes.trait(locationName)", '"b"', None),
    (_add_trait_of_a_stream, "InvokeEndpointWithResponseStream.output.Body.trait(document)", "true", None),
    (_add_trait_of_a_kind_of_event, f"{PAYLOAD_PART}.trait(hostLabel)", "true", None),
    (_add_nested_member, "InvokeEndpointAsync.output.Usage", "present", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("drift", "where", "theirs", "ours"), DRIFTS, ids=[drift[0].__name__[1:] for drift in DRIFTS]
)
def test_drift_is_named_with_both_values_and_a_remedy(
    drift: Callable[[Model], None],
    where: str,
    theirs: object,
    ours: object,
    model: Model,
    diff: Diff,
) -> None:
    drift(model)
    status, found = diff(model)
    assert status == 1
    assert (found[where]["upstream"], found[where]["ours"]) == (theirs, ours)
    assert "openapi/" in found[where]["remedy"]


@pytest.fixture
def mended(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[Model, str, str, Path], dict[str, dict[str, Any]]]:
    """Edit the spec, or the deviations, and compare with a model: what still differs."""

    def run(model: Model, old: str, new: str, path: Path = spec.SPEC) -> dict[str, dict[str, Any]]:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        changed = tmp_path / "service-2.json"
        changed.write_text(json.dumps(model))
        contract_diff.main(["upstream", "--upstream", str(changed), "--json"])
        found = json.loads(capsys.readouterr().out)["checks"]["upstream"]
        return {difference["where"]: difference for difference in found}

    return run


USAGE = """
        Usage:
          type: object
          properties:
            Tokens: { type: integer }
"""

MENDED = [
    (_add_enumeration, "    TargetModel:\n      type: string\n", "    TargetModel:\n      type: string\n      enum: [model-a.tar.gz, model-b.tar.gz]\n"),
    (_deprecate_parameter, "      x-amz-member: TargetModel\n", "      x-amz-member: TargetModel\n      deprecated: true\n"),
    (_deprecate_operation, "      operationId: InvokeEndpointAsync\n", "      operationId: InvokeEndpointAsync\n      deprecated: true\n"),
    (_change_type, "    InvocationTimeoutSeconds:\n      type: integer\n", "    InvocationTimeoutSeconds:\n      type: integer\n      format: int64\n"),
    (_change_auth, 'auth: ["aws.auth#sigv4"]', 'auth: ["aws.auth#sigv4a"]'),
    (_limit_member_of_event, "          x-amz-event-payload: true\n", "          x-amz-event-payload: true\n          maxLength: 1024\n"),
    (_move_member_of_event, "          x-amz-event-payload: true\n", "          x-amz-event-header: true\n"),
    (_add_nested_member, "        InferenceId:\n          description: The caller's id", f"{USAGE[1:]}        InferenceId:\n          description: The caller's id"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("drift", "old", "new"), MENDED, ids=[mended[0].__name__[1:] for mended in MENDED]
)
def test_what_the_remedy_says_mends_it_in_the_spec(
    drift: Callable[[Model], None],
    old: str,
    new: str,
    model: Model,
    mended: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    drift(model)
    assert mended(model, old, new) == {}


def test_a_trait_that_nothing_reads_can_be_meant(
    model: Model, mended: Callable[..., dict[str, dict[str, Any]]]
) -> None:
    _add_unknown_trait(model)
    (found,) = mended(model, "info:", "info:").values()
    assert "say so in openapi/deviations.yaml (ours: null)" in found["remedy"]
    entry = """
- reason: The service computes it itself.
  upstream: '{"requestChecksumRequired": true}'
  ours: null
  where: [InvokeEndpoint.trait(httpChecksum)]
"""
    assert mended(model, "\n- reason", f"{entry}\n- reason", deviations.DEVIATIONS) == {}


def test_a_whole_parameter_that_is_missing_is_one_difference(model: Model, diff: Diff) -> None:
    _add_parameter(model)
    assert list(diff(model)[1]) == ["InvokeEndpoint.input.Priority"]


def test_an_operation_that_upstream_has_no_more_is_one_difference(model: Model, diff: Diff) -> None:
    """Its deviations go with it; they are told once it is gone here, too."""
    _remove_operation(model)
    assert list(diff(model)[1]) == ["InvokeEndpointAsync"]


def test_a_deviation_that_has_become_untrue_fails(model: Model, diff: Diff) -> None:
    model["shapes"]["EndpointName"]["pattern"] = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*$"
    status, found = diff(model)
    assert status == 1
    assert "no longer differs" in found["InvokeEndpoint.input.EndpointName.pattern"]["remedy"]


def test_a_deviation_whose_values_have_moved_fails(model: Model, diff: Diff) -> None:
    model["shapes"]["EndpointName"]["pattern"] = "^[a-z]*"
    status, found = diff(model)
    assert status == 1
    difference = found["InvokeEndpoint.input.EndpointName.pattern"]
    assert difference["upstream"] == "^[a-z]*"
    assert "deviations.yaml expects" in difference["remedy"]


def test_documentation_upstream_is_not_drift(model: Model, diff: Diff) -> None:
    model["operations"]["InvokeEndpoint"]["documentation"] = "Other words."
    assert diff(model) == (0, {})


def test_the_diff_for_people_says_what_where_both_values_and_what_to_do(
    model: Model, in_root: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _change_limit(model)
    path = tmp_path / "service-2.json.gz"
    path.write_bytes(gzip.compress(json.dumps(model).encode()))
    assert contract_diff.main(["upstream", "--upstream", str(path)]) == 1
    assert capsys.readouterr().out == (
        "upstream   1 difference\n"
        "  InvokeEndpoint.input.TargetModel.max\n"
        "    upstream  2048\n"
        "    spec      1024\n"
        "    →         bring openapi/sagemaker-runtime.yaml in line, or say why not in "
        "openapi/deviations.yaml\n"
    )


# A header of gzip, and then what is no deflated data.
CORRUPT = gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 40


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no such file; give UPSTREAM the path of a service-2.json"),
        (b"{", "not a readable service-2.json[.gz]"),
        (b"\x1f\x8b\x08 not gzip", "not a readable service-2.json[.gz]"),
        (b"[]", "not a botocore service model"),
        (b'{"metadata": {}}', "not a botocore service model"),
        (b'{"metadata": {}, "operations": {"A": 1}, "shapes": {}}', "cannot be read at A"),
        (b'{"metadata": [], "operations": {}, "shapes": {}}', "not a botocore service model"),
        (
            b'{"version": "3.0", "metadata": {}, "operations": {}, "shapes": {}}',
            "is of format 3.0; 2.0 is read",
        ),
        (b"[" * 100_000, "it is nested too deeply"),
        (gzip.compress(b"[" * 100_000, mtime=0), "it is nested too deeply"),
        (CORRUPT, "Error -3 while decompressing data"),
        (
            gzip.compress(bytes(range(256)) * 9, mtime=0)[:-20],
            "ended before the end-of-stream marker",
        ),
    ],
)
def test_an_unknown_upstream_file_is_a_one_line_error(
    content: bytes | None,
    problem: str,
    in_root: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "service-2.json"
    if content is not None:
        path.write_bytes(content)
    assert contract_diff.main(["upstream", "--upstream", str(path)]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1


def test_an_unknown_check_names_the_checks_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        contract_diff.main(["upstreams"])
    assert stopped.value.code == 2
    assert "upstream, generated, seam, methods, released" in capsys.readouterr().err


def test_every_fact_of_the_spec_is_a_fact_of_upstream_and_back(model: Model, in_root: None) -> None:
    """The two readers speak of the same things: neither is silent on what the other says."""
    theirs = upstream.facts(model, Path("service-2.json"))
    ours = spec.facts(spec.load(spec.SPEC))
    only = {path for path in theirs.keys() ^ ours.keys() if "x-amzn-RequestId" not in path}
    assert only == set()
    assert len(ours) > 500
    assert facts.PRESENT in ours.values()
