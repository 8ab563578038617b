"""The spec, exercised by schemathesis: requests made from it, the answers held against it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection

from wrapper import Credentials, sigv4
from wrapper.local import LocalRuntime

SPEC = Path(__file__).parents[2] / "openapi" / "sagemaker-runtime.yaml"

schema = schemathesis.openapi.from_path(str(SPEC))
schema.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])

# The spec cannot say it in OpenAPI's words: exactly one of them (`x-amz-exactly-one-of`).
INPUT_LOCATION = "X-Amzn-SageMaker-InputLocation"

# These name things that the endpoint must have; a made-up one is rightly refused.
NAMING = {
    "x-amzn-sagemaker-inference-component",
    "x-amzn-sagemaker-session-id",
    "x-amzn-sagemaker-target-container-hostname",
    "x-amzn-sagemaker-target-variant",
}


class _Signed(requests.auth.AuthBase):
    """Signs as the wrapper does; the header form and nothing of what schemathesis made up."""

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.url is not None
        assert request.method is not None
        body = request.body or b""
        headers = [
            (name, value) for name, value in request.headers.items() if isinstance(value, str)
        ]
        request.headers.update(
            sigv4.sign_request(
                request.method,
                request.url,
                headers,
                body.encode() if isinstance(body, str) else body,
                credentials=self._credentials,
                region=self._region,
                now=datetime.now(UTC),
            )
        )
        return request


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime({"echo": lambda request: request.body}) as running:
        yield running


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_the_spec_allows_is_answered_as_the_spec_says(
    case: schemathesis.Case, runtime: LocalRuntime
) -> None:
    case.path_parameters["EndpointName"] = "echo"
    case.query.clear()
    for name in list(case.headers):
        if name.lower() in NAMING or name.lower().startswith("x-amz-"):
            del case.headers[name]
    if case.operation.definition.raw["operationId"] == "InvokeEndpointAsync":
        has_body = isinstance(case.body, bytes | str) and len(case.body) > 0
        if has_body or INPUT_LOCATION in case.headers:
            case.headers.pop(INPUT_LOCATION, None)
        if not has_body:
            case.body = b"input"
            case.media_type = "*/*"
    response = case.call(
        base_url=runtime.url, auth=_Signed(runtime.credentials, runtime.region), timeout=30
    )
    assert response.status_code != 403, response.text
    # Signed and amended here, a request is right whatever schemathesis made of it first.
    case.validate_response(response, excluded_checks=[ignored_auth, negative_data_rejection])
