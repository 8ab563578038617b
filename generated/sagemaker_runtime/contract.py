# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.

"""What the spec says of each operation, as data: the facts that the raw client's code leaves out.

Rendered by `make regen` beside the generated code, from the same document.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple


class Parameter(NamedTuple):
    """A parameter of an operation; the body is one, too.

    Attributes:
        name: Its name in Python, the same on every operation: `content_type`.
        member: Its name in AWS's service model: `ContentType`.
        argument: Its name in the generated operation: `x_amzn_sage_maker_content_type`.
        wire_name: Its name on the wire: `X-Amzn-SageMaker-Content-Type`; empty for the body.
        location: Where it goes.
        type: Its Python type.
        required: Whether a request must have it.
        sensitive: Whether its value must never be shown.
        minimum: The least length of text (characters) or bytes, or the least number.
        maximum: The greatest.
        pattern: The ECMA-262 pattern of the whole value.
    """

    name: str
    member: str
    argument: str
    wire_name: str
    location: Literal["path", "header", "body"]
    type: Literal["str", "int", "bytes"]
    required: bool
    sensitive: bool
    minimum: int | None
    maximum: int | None
    pattern: str | None


class ResponseHeader(NamedTuple):
    """A header of an answer that means something."""

    name: str
    member: str
    wire_name: str
    sensitive: bool


class Operation(NamedTuple):
    """An operation.

    Attributes:
        name: Its name in AWS's service model: `InvokeEndpoint`.
        function: Its name in Python, and the name of its generated module: `invoke_endpoint`.
        method: The HTTP method.
        path: The path, with the path parameters in braces.
        status: The status of success.
        parameters: All of them but the signature's, the body included, in the spec's order.
        exactly_one_of: Python names of which a request has exactly one; empty where there is no such rule.
        response_headers: The headers of a successful answer.
        errors: The name of the error that each status means.
        stream_events: The names of the events of a streamed answer; empty where it is none.
        stream_exceptions: The names of the errors that can come as events.
    """

    name: str
    function: str
    method: str
    path: str
    status: int
    parameters: tuple[Parameter, ...]
    exactly_one_of: tuple[str, ...]
    response_headers: tuple[ResponseHeader, ...]
    errors: dict[int, str]
    stream_events: tuple[str, ...]
    stream_exceptions: tuple[str, ...]


API_VERSION: Final = "2017-05-13"
SERVICE_ID: Final = "SageMaker Runtime"
SIGNING_NAME: Final = "sagemaker"

SIGNING_ARGUMENTS: Final = frozenset(
    {
        "x_amz_algorithm",
        "x_amz_content_sha_256",
        "x_amz_credential",
        "x_amz_date_header",
        "x_amz_date_query",
        "x_amz_expires",
        "x_amz_security_token_header",
        "x_amz_security_token_query",
        "x_amz_signature",
        "x_amz_signed_headers",
    }
)
"""Arguments of the generated operations that carry the signature; a signer fills them, if anybody."""

INVOKE_ENDPOINT: Final = Operation(
    name="InvokeEndpoint",
    function="invoke_endpoint",
    method="POST",
    path="/endpoints/{EndpointName}/invocations",
    status=200,
    parameters=(
        Parameter(
            name="endpoint_name",
            member="EndpointName",
            argument="endpoint_name",
            wire_name="EndpointName",
            location="path",
            type="str",
            required=True,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="content_type",
            member="ContentType",
            argument="content_type",
            wire_name="Content-Type",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="accept",
            member="Accept",
            argument="accept",
            wire_name="Accept",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="custom_attributes",
            member="CustomAttributes",
            argument="x_amzn_sage_maker_custom_attributes",
            wire_name="X-Amzn-SageMaker-Custom-Attributes",
            location="header",
            type="str",
            required=False,
            sensitive=True,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="target_model",
            member="TargetModel",
            argument="x_amzn_sage_maker_target_model",
            wire_name="X-Amzn-SageMaker-Target-Model",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=1024,
            pattern="^\\S[\\x20-\\x7E]*$",
        ),
        Parameter(
            name="target_variant",
            member="TargetVariant",
            argument="x_amzn_sage_maker_target_variant",
            wire_name="X-Amzn-SageMaker-Target-Variant",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="target_container_hostname",
            member="TargetContainerHostname",
            argument="x_amzn_sage_maker_target_container_hostname",
            wire_name="X-Amzn-SageMaker-Target-Container-Hostname",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="inference_id",
            member="InferenceId",
            argument="x_amzn_sage_maker_inference_id",
            wire_name="X-Amzn-SageMaker-Inference-Id",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=64,
            pattern="^\\S[\\x20-\\x7E]*$",
        ),
        Parameter(
            name="enable_explanations",
            member="EnableExplanations",
            argument="x_amzn_sage_maker_enable_explanations",
            wire_name="X-Amzn-SageMaker-Enable-Explanations",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=64,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="inference_component_name",
            member="InferenceComponentName",
            argument="x_amzn_sage_maker_inference_component",
            wire_name="X-Amzn-SageMaker-Inference-Component",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?$",
        ),
        Parameter(
            name="session_id",
            member="SessionId",
            argument="x_amzn_sage_maker_session_id",
            wire_name="X-Amzn-SageMaker-Session-Id",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=256,
            pattern="^(NEW_SESSION)$|^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="prefix_aware_id",
            member="PrefixAwareId",
            argument="x_amzn_sage_maker_prefix_aware_id",
            wire_name="X-Amzn-SageMaker-Prefix-Aware-Id",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=64,
            pattern="^\\S[\\x20-\\x7E]*$",
        ),
        Parameter(
            name="body",
            member="Body",
            argument="body",
            wire_name="",
            location="body",
            type="bytes",
            required=True,
            sensitive=True,
            minimum=None,
            maximum=6291456,
            pattern=None,
        ),
    ),
    exactly_one_of=(),
    response_headers=(
        ResponseHeader(
            name="content_type",
            member="ContentType",
            wire_name="Content-Type",
            sensitive=False,
        ),
        ResponseHeader(
            name="invoked_production_variant",
            member="InvokedProductionVariant",
            wire_name="x-Amzn-Invoked-Production-Variant",
            sensitive=False,
        ),
        ResponseHeader(
            name="custom_attributes",
            member="CustomAttributes",
            wire_name="X-Amzn-SageMaker-Custom-Attributes",
            sensitive=True,
        ),
        ResponseHeader(
            name="new_session_id",
            member="NewSessionId",
            wire_name="X-Amzn-SageMaker-New-Session-Id",
            sensitive=False,
        ),
        ResponseHeader(
            name="closed_session_id",
            member="ClosedSessionId",
            wire_name="X-Amzn-SageMaker-Closed-Session-Id",
            sensitive=False,
        ),
    ),
    errors={
        400: "ValidationError",
        424: "ModelError",
        429: "ModelNotReadyException",
        500: "InternalFailure",
        503: "ServiceUnavailable",
        530: "InternalDependencyException",
    },
    stream_events=(),
    stream_exceptions=(),
)

INVOKE_ENDPOINT_ASYNC: Final = Operation(
    name="InvokeEndpointAsync",
    function="invoke_endpoint_async",
    method="POST",
    path="/endpoints/{EndpointName}/async-invocations",
    status=202,
    parameters=(
        Parameter(
            name="endpoint_name",
            member="EndpointName",
            argument="endpoint_name",
            wire_name="EndpointName",
            location="path",
            type="str",
            required=True,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="content_type",
            member="ContentType",
            argument="x_amzn_sage_maker_content_type",
            wire_name="X-Amzn-SageMaker-Content-Type",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="accept",
            member="Accept",
            argument="x_amzn_sage_maker_accept",
            wire_name="X-Amzn-SageMaker-Accept",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="custom_attributes",
            member="CustomAttributes",
            argument="x_amzn_sage_maker_custom_attributes",
            wire_name="X-Amzn-SageMaker-Custom-Attributes",
            location="header",
            type="str",
            required=False,
            sensitive=True,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="inference_id",
            member="InferenceId",
            argument="x_amzn_sage_maker_inference_id",
            wire_name="X-Amzn-SageMaker-Inference-Id",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=64,
            pattern="^\\S[\\x20-\\x7E]*$",
        ),
        Parameter(
            name="input_location",
            member="InputLocation",
            argument="x_amzn_sage_maker_input_location",
            wire_name="X-Amzn-SageMaker-InputLocation",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=1024,
            pattern="^(https|s3)://([^/]+)/?(.*)$",
        ),
        Parameter(
            name="s3_output_path_extension",
            member="S3OutputPathExtension",
            argument="x_amzn_sage_maker_s3_output_path_extension",
            wire_name="X-Amzn-SageMaker-S3OutputPathExtension",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=512,
            pattern="^(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+$",
        ),
        Parameter(
            name="filename",
            member="Filename",
            argument="x_amzn_sage_maker_filename",
            wire_name="X-Amzn-SageMaker-Filename",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=32,
            pattern="^(?!.*\\..*\\.)[a-zA-Z0-9][a-zA-Z0-9-_\\.]*$",
        ),
        Parameter(
            name="request_ttl_seconds",
            member="RequestTTLSeconds",
            argument="x_amzn_sage_maker_request_ttl_seconds",
            wire_name="X-Amzn-SageMaker-RequestTTLSeconds",
            location="header",
            type="int",
            required=False,
            sensitive=False,
            minimum=60,
            maximum=21600,
            pattern=None,
        ),
        Parameter(
            name="invocation_timeout_seconds",
            member="InvocationTimeoutSeconds",
            argument="x_amzn_sage_maker_invocation_timeout_seconds",
            wire_name="X-Amzn-SageMaker-InvocationTimeoutSeconds",
            location="header",
            type="int",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=3600,
            pattern=None,
        ),
        Parameter(
            name="body",
            member="Body",
            argument="body",
            wire_name="",
            location="body",
            type="bytes",
            required=False,
            sensitive=True,
            minimum=None,
            maximum=128000,
            pattern=None,
        ),
    ),
    exactly_one_of=("input_location", "body"),
    response_headers=(
        ResponseHeader(
            name="output_location",
            member="OutputLocation",
            wire_name="X-Amzn-SageMaker-OutputLocation",
            sensitive=False,
        ),
        ResponseHeader(
            name="failure_location",
            member="FailureLocation",
            wire_name="X-Amzn-SageMaker-FailureLocation",
            sensitive=False,
        ),
    ),
    errors={400: "ValidationError", 500: "InternalFailure", 503: "ServiceUnavailable"},
    stream_events=(),
    stream_exceptions=(),
)

INVOKE_ENDPOINT_WITH_RESPONSE_STREAM: Final = Operation(
    name="InvokeEndpointWithResponseStream",
    function="invoke_endpoint_with_response_stream",
    method="POST",
    path="/endpoints/{EndpointName}/invocations-response-stream",
    status=200,
    parameters=(
        Parameter(
            name="endpoint_name",
            member="EndpointName",
            argument="endpoint_name",
            wire_name="EndpointName",
            location="path",
            type="str",
            required=True,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="content_type",
            member="ContentType",
            argument="content_type",
            wire_name="Content-Type",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="accept",
            member="Accept",
            argument="x_amzn_sage_maker_accept",
            wire_name="X-Amzn-SageMaker-Accept",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="custom_attributes",
            member="CustomAttributes",
            argument="x_amzn_sage_maker_custom_attributes",
            wire_name="X-Amzn-SageMaker-Custom-Attributes",
            location="header",
            type="str",
            required=False,
            sensitive=True,
            minimum=None,
            maximum=1024,
            pattern="^[\\t\\x20-\\x7E]*$",
        ),
        Parameter(
            name="target_variant",
            member="TargetVariant",
            argument="x_amzn_sage_maker_target_variant",
            wire_name="X-Amzn-SageMaker-Target-Variant",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="target_container_hostname",
            member="TargetContainerHostname",
            argument="x_amzn_sage_maker_target_container_hostname",
            wire_name="X-Amzn-SageMaker-Target-Container-Hostname",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="inference_id",
            member="InferenceId",
            argument="x_amzn_sage_maker_inference_id",
            wire_name="X-Amzn-SageMaker-Inference-Id",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=64,
            pattern="^\\S[\\x20-\\x7E]*$",
        ),
        Parameter(
            name="inference_component_name",
            member="InferenceComponentName",
            argument="x_amzn_sage_maker_inference_component",
            wire_name="X-Amzn-SageMaker-Inference-Component",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=63,
            pattern="^[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?$",
        ),
        Parameter(
            name="session_id",
            member="SessionId",
            argument="x_amzn_sage_maker_session_id",
            wire_name="X-Amzn-SageMaker-Session-Id",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=None,
            maximum=256,
            pattern="^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        ),
        Parameter(
            name="prefix_aware_id",
            member="PrefixAwareId",
            argument="x_amzn_sage_maker_prefix_aware_id",
            wire_name="X-Amzn-SageMaker-Prefix-Aware-Id",
            location="header",
            type="str",
            required=False,
            sensitive=False,
            minimum=1,
            maximum=64,
            pattern="^\\S[\\x20-\\x7E]*$",
        ),
        Parameter(
            name="body",
            member="Body",
            argument="body",
            wire_name="",
            location="body",
            type="bytes",
            required=True,
            sensitive=True,
            minimum=None,
            maximum=6291456,
            pattern=None,
        ),
    ),
    exactly_one_of=(),
    response_headers=(
        ResponseHeader(
            name="content_type",
            member="ContentType",
            wire_name="X-Amzn-SageMaker-Content-Type",
            sensitive=False,
        ),
        ResponseHeader(
            name="invoked_production_variant",
            member="InvokedProductionVariant",
            wire_name="x-Amzn-Invoked-Production-Variant",
            sensitive=False,
        ),
        ResponseHeader(
            name="custom_attributes",
            member="CustomAttributes",
            wire_name="X-Amzn-SageMaker-Custom-Attributes",
            sensitive=True,
        ),
    ),
    errors={
        400: "ValidationError",
        424: "ModelError",
        500: "InternalFailure",
        503: "ServiceUnavailable",
    },
    stream_events=("PayloadPart",),
    stream_exceptions=("ModelStreamError", "InternalStreamFailure"),
)

OPERATIONS: Final = (
    INVOKE_ENDPOINT,
    INVOKE_ENDPOINT_ASYNC,
    INVOKE_ENDPOINT_WITH_RESPONSE_STREAM,
)
