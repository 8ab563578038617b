"""A valid document that the chain does not take is refused in one line: what, where, what to do."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.contract import generation, lint, nodes, spec
from scripts.contract.facts import ContractError

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / spec.SPEC).read_text()
EXPLANATIONS = '        - $ref: "#/components/parameters/EnableExplanations"\n'

Edit = Callable[[str], str]


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[Edit], tuple[str, str]]:
    """Load the spec after an edit: the line that is named, and all that is said."""

    def run(edit: Edit) -> tuple[str, str]:
        path = tmp_path / "spec.yaml"
        edited = edit(TEXT)
        assert edited != TEXT
        path.write_text(edited)
        with pytest.raises(ContractError) as caught:
            spec.load(path)
        said = str(caught.value)
        assert "\n" not in said
        assert len(said) < 600
        found = re.fullmatch(rf"{re.escape(str(path))}:(\d+): (/\S.*)", said)
        assert found is not None, said
        return edited.splitlines()[int(found[1]) - 1].strip(), found[2]

    return run


def _replace(old: str, new: str, count: int = 1) -> Edit:
    return lambda text: text.replace(old, new, count)


def _without(begin: str, end: str) -> Edit:
    return lambda text: text[: text.index(begin)] + text[text.index(end) :]


def _header(
    schema: str = "{ type: string }",
    *,
    name: str = "X-New",
    member: str = "Newer",
    place: str = "header",
) -> Edit:
    return _replace(
        EXPLANATIONS,
        f"        - name: {name}\n          x-amz-member: {member}\n          in: {place}\n"
        f"          description: New.\n          schema: {schema}\n          example: a\n"
        f"{EXPLANATIONS}",
    )


UNSENT_TYPES = [
    ("{ type: boolean }", "a parameter of type boolean is not sent; string and integer are"),
    ("{ type: number }", "a parameter of type number is not sent"),
    ('{ type: [string, "null"] }', "a parameter of type [string, null] is not sent"),
    ("{ type: array, items: { type: string } }", "a parameter of type array is not sent"),
    ("{ anyOf: [{ type: string }, { type: integer }] }", "a parameter of type none is not sent"),
    ("{ type: string, format: date-time }", "date-time is not sent as a parameter"),
    ("{ type: string, const: a }", "/const: is not read here; accepted are type, format"),
    ("{ type: integer, exclusiveMinimum: 0 }", "/exclusiveMinimum: is not read here"),
    ("{ type: integer, minimum: 0.5 }", "0.5 is no whole number"),
    ("true", "must be a mapping, with a type"),
]


@pytest.mark.parametrize(("schema", "problem"), UNSENT_TYPES)
def test_a_parameter_of_a_type_that_is_not_sent_is_refused(
    schema: str, problem: str, refused: Callable[[Edit], tuple[str, str]]
) -> None:
    line, said = refused(_header(schema))
    assert line == f"schema: {schema}"
    assert said.startswith("/paths/~1endpoints~1{EndpointName}~1invocations/post/parameters/8/")
    assert problem in said


TAKEN_NAMES = [
    (_header(name="body"), "name: body", "body would be the argument body of the raw client"),
    (_header(name="client"), "name: client", "every function has that name already"),
    (_header(name="X-Amzn-SageMaker-Target_Model"), "name: X-Amzn-SageMaker-Target_Model", "X-Amzn-SageMaker-Target-Model has that name already"),
    (_header(name="x-amzn-sagemaker-target-model"), "name: x-amzn-sagemaker-target-model", "is the header X-Amzn-SageMaker-Target-Model again"),
    (_header(name="X New"), "name: X New", "cannot be the name of a header"),
    (_header(member="Body"), "x-amz-member: Body", "Body would be the argument body of a method"),
    (_header(member="Timeout"), "x-amz-member: Timeout", "every method has that name already"),
    (_header(member="Class"), "x-amz-member: Class", "Python has that name already"),
    (_header(member="TargetModel"), "x-amz-member: TargetModel", "the argument target_model of a method"),
    (_header(member="no name"), "x-amz-member: no name", "take the member's in AWS's service model"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "line", "problem"), TAKEN_NAMES)
def test_a_parameter_whose_name_cannot_be_an_argument_is_refused(
    edit: Edit, line: str, problem: str, refused: Callable[[Edit], tuple[str, str]]
) -> None:
    found, said = refused(edit)
    assert found.removeprefix("- ") == line
    assert problem in said


INFERENCE = "    Inference:\n      x-amz-member: Body\n"
BODY = '        "*/*":\n          schema: { $ref: "#/components/schemas/Body" }\n'
OPERATION_ID = "      operationId: InvokeEndpointAsync\n"
ERROR_503 = '        "503": {'
ASYNC_CONTENT = (
    "          content:\n            application/json:\n"
    '              schema: { $ref: "#/components/schemas/InvokeEndpointAsyncOutput" }\n'
)

REFUSED = [
    ("no servers", _without("servers:\n", "security:\n"), "/servers: missing; list the service's endpoints"),
    ("no x-amz-service", _without("  x-amz-service:\n", "  license:\n"), "/info/x-amz-service/serviceId: missing"),
    ("a service without an id", _replace("    serviceId: SageMaker Runtime\n", ""), "/info/x-amz-service/serviceId: missing"),
    ("another OpenAPI", _replace("openapi: 3.1.0", "openapi: 3.0.3"), "/openapi: 3.0.3 is not read; 3.1.0 is"),
    ("a range of statuses", _replace(ERROR_503, "        5XX: {"), "/post/responses/5XX: is no status; list each, such as 503"),
    ("a default answer", _replace(ERROR_503, "        default: {"), "/post/responses/default: is no status"),
    ("a number for a key", _replace(ERROR_503, "        503: {"), "/post/responses/503: the key is no text; put it in quotation marks"),
    ("two successes", _replace('        "202":\n', '        "200": { $ref: "#/components/responses/ModelError" }\n        "202":\n'), "/responses: has 2 responses of status 2xx; exactly one is accepted"),
    ("no success", _replace('        "202":\n', '        "302":\n'), "/post/responses: has 0 responses of status 2xx"),
    ("a success without a body", _replace(ASYNC_CONTENT, ""), "/responses/202/content: has 0 media types; exactly one is accepted"),
    ("one error of two statuses", _replace('"424": { $ref: "#/components/responses/ModelError" }\n        "500"', '"425": { $ref: "#/components/responses/ModelError" }\n        "500"'), "ModelError is the error of status 424 already"),
    ("an error without members", _replace("    ModelError:\n      description: The model's container answered with an error, or not at all.\n      type: object\n      properties:\n", "    ModelError:\n      type: object\n      x-properties:\n"), "/components/schemas/ModelError: must be `type: object`, with the members as `properties`"),
    ("an error that is no JSON", _replace('        application/json:\n          schema: { $ref: "#/components/schemas/ModelError" }', '        text/plain:\n          schema: { $ref: "#/components/schemas/ModelError" }'), "text/plain is not read of an error; application/json is"),
    ("a member without a type", _replace("          description: The ARN of the container's log stream.\n          type: string\n", "          description: The ARN of the container's log stream.\n"), "/LogStreamArn/type: none is not read; accepted is one of string, integer"),
    ("a body without a member", _replace(INFERENCE, "    Inference:\n"), "/components/requestBodies/Inference/x-amz-member: missing"),
    ("a body that is no bytes", _replace(BODY, "        application/json:\n          schema: { type: object, properties: {} }\n"), "a body is raw bytes: `type: string`, `format: binary`"),
    ("a body of two types", _replace(BODY, BODY + BODY.replace("*/*", "text/plain")), "/components/requestBodies/Inference/content: has 2 media types"),
    ("no operationId", _replace(OPERATION_ID, ""), "/post/operationId: missing, or no name"),
    ("a Python name that is taken", _replace(OPERATION_ID, "      operationId: invokeEndpoint\n"), "/post/operationId: its name in Python, invoke_endpoint, is taken"),
    ("another tag", _replace("      tags: [runtime]\n", "      tags: [other]\n"), "/post/tags: must be [runtime]"),
    ("an unknown alternative", _replace("[InputLocation, Body]", "[InputLokation, Body]"), "/post/x-amz-exactly-one-of: must be a list of members of this operation: EndpointName, "),
    ("a member and the signature's", _replace("      x-amz-sigv4: header\n", "      x-amz-sigv4: header\n      x-amz-member: Date\n"), "has neither or both of x-amz-member and x-amz-sigv4"),
    ("a query parameter", _header(place="query"), "/in: query is not sent; path and header are"),
    ("a stream without exceptions", _replace("                exceptions:\n", "                x-exceptions:\n"), "/x-amz-event-stream/exceptions: missing, or no mapping"),
    ("a style", _replace("      in: path\n", "      in: path\n      style: simple\n"), "/style: is not read here; accepted are name, in, description"),
    ("webhooks", lambda text: f"{text}\nwebhooks: {{}}\n", "/webhooks: is not read here"),
    ("a schema that holds itself", _replace("        LogStreamArn:\n", '        Cause: { $ref: "#/components/schemas/ModelError" }\n        LogStreamArn:\n'), "/components/schemas/ModelError: holds itself"),
    ("no operation", _without("paths:\n", "components:\n"), "/paths: no operation; describe one"),
    ("no valid OpenAPI", _replace("      minimum: 60\n", '      minimum: "60"\n'), "/components/schemas/RequestTTLSeconds/minimum: not valid OpenAPI: '60' is not of type 'number'"),
]  # fmt: skip


@pytest.mark.parametrize(("_what", "edit", "problem"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_the_chain_does_not_take_is_refused(
    _what: str, edit: Edit, problem: str, refused: Callable[[Edit], tuple[str, str]]
) -> None:
    assert problem in refused(edit)[1]


def _written_out(node: Any) -> Any:
    """A copy in which nothing is shared."""
    return json.loads(json.dumps(node))


PLACES = [steps for steps, _ in nodes.walk(_written_out(yaml.safe_load(TEXT))) if steps]
PUT = [None, [], {}, "text", 3, True, ["a"], {"a": "b"}, {"type": "object"}, {"$ref": "#/x"}]


@pytest.mark.slow
@settings(max_examples=60)
@given(
    place=st.sampled_from(PLACES),
    put=st.sampled_from([*PUT, {"$ref": "#/components/schemas/Body"}]) | st.just(...),
)
def test_a_document_is_refused_or_read_whatever_is_in_it(
    place: nodes.Steps, put: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    changed = _written_out(yaml.safe_load(TEXT))
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    if put is ...:
        del holder[place[-1]]
    else:
        holder[place[-1]] = copy.deepcopy(put)
    path = tmp_path_factory.mktemp("changed") / "spec.yaml"
    path.write_text(json.dumps(changed))
    try:
        document = spec.load(path)
    except ContractError:
        return
    spec.facts(document)
    lint.check(document)
    generation.contract_module(document)
