# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.


from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from ...types import UNSET, Response, Unset, path_segment

if TYPE_CHECKING:
    import httpx

    from ...client import Client
    from ...models.internal_dependency_exception import InternalDependencyException
    from ...models.internal_failure import InternalFailure
    from ...models.model_error import ModelError
    from ...models.model_not_ready_exception import ModelNotReadyException
    from ...models.service_unavailable import ServiceUnavailable
    from ...models.validation_error import ValidationError


def get_kwargs(
    endpoint_name: str,
    *,
    body: bytes | BinaryIO,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    content_type: str | Unset = UNSET,
    accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_target_model: str | Unset = UNSET,
    x_amzn_sage_maker_target_variant: str | Unset = UNSET,
    x_amzn_sage_maker_target_container_hostname: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_enable_explanations: str | Unset = UNSET,
    x_amzn_sage_maker_inference_component: str | Unset = UNSET,
    x_amzn_sage_maker_session_id: str | Unset = UNSET,
    x_amzn_sage_maker_prefix_aware_id: str | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> dict[str, Any]:
    """The arguments for `httpx.Client.request` that make this operation's request."""
    headers: dict[str, Any] = {}
    if not isinstance(content_type, Unset):
        headers["Content-Type"] = content_type

    if not isinstance(accept, Unset):
        headers["Accept"] = accept

    if not isinstance(x_amzn_sage_maker_custom_attributes, Unset):
        headers["X-Amzn-SageMaker-Custom-Attributes"] = x_amzn_sage_maker_custom_attributes

    if not isinstance(x_amzn_sage_maker_target_model, Unset):
        headers["X-Amzn-SageMaker-Target-Model"] = x_amzn_sage_maker_target_model

    if not isinstance(x_amzn_sage_maker_target_variant, Unset):
        headers["X-Amzn-SageMaker-Target-Variant"] = x_amzn_sage_maker_target_variant

    if not isinstance(x_amzn_sage_maker_target_container_hostname, Unset):
        headers["X-Amzn-SageMaker-Target-Container-Hostname"] = (
            x_amzn_sage_maker_target_container_hostname
        )

    if not isinstance(x_amzn_sage_maker_inference_id, Unset):
        headers["X-Amzn-SageMaker-Inference-Id"] = x_amzn_sage_maker_inference_id

    if not isinstance(x_amzn_sage_maker_enable_explanations, Unset):
        headers["X-Amzn-SageMaker-Enable-Explanations"] = x_amzn_sage_maker_enable_explanations

    if not isinstance(x_amzn_sage_maker_inference_component, Unset):
        headers["X-Amzn-SageMaker-Inference-Component"] = x_amzn_sage_maker_inference_component

    if not isinstance(x_amzn_sage_maker_session_id, Unset):
        headers["X-Amzn-SageMaker-Session-Id"] = x_amzn_sage_maker_session_id

    if not isinstance(x_amzn_sage_maker_prefix_aware_id, Unset):
        headers["X-Amzn-SageMaker-Prefix-Aware-Id"] = x_amzn_sage_maker_prefix_aware_id

    if not isinstance(x_amz_content_sha_256, Unset):
        headers["X-Amz-Content-Sha256"] = x_amz_content_sha_256

    if not isinstance(x_amz_date_header, Unset):
        headers["X-Amz-Date"] = x_amz_date_header

    if not isinstance(x_amz_security_token_header, Unset):
        headers["X-Amz-Security-Token"] = x_amz_security_token_header

    params: dict[str, Any] = {}

    params["X-Amz-Algorithm"] = x_amz_algorithm

    params["X-Amz-Credential"] = x_amz_credential

    params["X-Amz-Date"] = x_amz_date_query

    params["X-Amz-Expires"] = x_amz_expires

    params["X-Amz-Security-Token"] = x_amz_security_token_query

    params["X-Amz-SignedHeaders"] = x_amz_signed_headers

    params["X-Amz-Signature"] = x_amz_signature

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "POST",
        "url": "/endpoints/{endpoint_name}/invocations".format(
            endpoint_name=path_segment(endpoint_name),
        ),
    }
    if params:
        _kwargs["params"] = params

    _kwargs["content"] = body

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: Client, response: httpx.Response
) -> (
    bytes
    | InternalDependencyException
    | InternalFailure
    | ModelError
    | ModelNotReadyException
    | ServiceUnavailable
    | ValidationError
    | None
):
    from ...models.internal_dependency_exception import InternalDependencyException
    from ...models.internal_failure import InternalFailure
    from ...models.model_error import ModelError
    from ...models.model_not_ready_exception import ModelNotReadyException
    from ...models.service_unavailable import ServiceUnavailable
    from ...models.validation_error import ValidationError

    if response.status_code == 200:
        return response.content
    if response.status_code == 400:
        try:
            response_400 = ValidationError.from_dict(response.json())

            return response_400

        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # not what the spec says: the caller has the bytes
    if response.status_code == 424:
        try:
            response_424 = ModelError.from_dict(response.json())

            return response_424

        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # not what the spec says: the caller has the bytes
    if response.status_code == 429:
        try:
            response_429 = ModelNotReadyException.from_dict(response.json())

            return response_429

        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # not what the spec says: the caller has the bytes
    if response.status_code == 500:
        try:
            response_500 = InternalFailure.from_dict(response.json())

            return response_500

        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # not what the spec says: the caller has the bytes
    if response.status_code == 503:
        try:
            response_503 = ServiceUnavailable.from_dict(response.json())

            return response_503

        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # not what the spec says: the caller has the bytes
    if response.status_code == 530:
        try:
            response_530 = InternalDependencyException.from_dict(response.json())

            return response_530

        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # not what the spec says: the caller has the bytes
    if client.raise_on_unexpected_status:
        from ...errors import UnexpectedStatus

        raise UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: Client, response: httpx.Response
) -> Response[
    bytes
    | InternalDependencyException
    | InternalFailure
    | ModelError
    | ModelNotReadyException
    | ServiceUnavailable
    | ValidationError
]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    endpoint_name: str,
    *,
    client: Client,
    body: bytes | BinaryIO,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    content_type: str | Unset = UNSET,
    accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_target_model: str | Unset = UNSET,
    x_amzn_sage_maker_target_variant: str | Unset = UNSET,
    x_amzn_sage_maker_target_container_hostname: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_enable_explanations: str | Unset = UNSET,
    x_amzn_sage_maker_inference_component: str | Unset = UNSET,
    x_amzn_sage_maker_session_id: str | Unset = UNSET,
    x_amzn_sage_maker_prefix_aware_id: str | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> Response[
    bytes
    | InternalDependencyException
    | InternalFailure
    | ModelError
    | ModelNotReadyException
    | ServiceUnavailable
    | ValidationError
]:
    """Ask a model for an inference and wait for the answer.

    The body goes to the model's container as it is, and the container's answer comes back as it
    is. The container has 60 seconds to answer, so a client's read timeout should be 70 seconds.
    Headers other than those listed here do not reach the container.

    Args:
        endpoint_name: The name that the endpoint was given when it was created.
        client: Where to send the request, and how.
        body: Raw bytes. The service model says at most 6291456; newer documentation says 25 MB.
        x_amz_algorithm: The signing algorithm.
        x_amz_credential: The access key id and the credential scope.
        x_amz_date_query: When the request was signed, in UTC.
        x_amz_expires: For how many seconds after its date the signature holds.
        x_amz_security_token_query: The session token of temporary credentials.
        x_amz_signed_headers: The lower-case names of the signed headers, separated by semicolons.
        x_amz_signature: The signature, in hexadecimal.
        content_type: The media type of the body.
        accept: The media type that the caller would like the inference to have.
        x_amzn_sage_maker_custom_attributes: Anything the caller wants to tell the container beside the body, such as a trace id:
            passed on as it is, at most 1024 visible ASCII characters.
        x_amzn_sage_maker_target_model: Which model of a multi-model endpoint to ask.
        x_amzn_sage_maker_target_variant: Which production variant to ask, whatever the variants' weights say.
        x_amzn_sage_maker_target_container_hostname: Which container of a multi-container endpoint with direct invocation to ask.
        x_amzn_sage_maker_inference_id: The caller's own id of this inference; captured data and asynchronous results carry
            it.
        x_amzn_sage_maker_enable_explanations: A JMESPath expression that decides for this request whether Clarify explains it.
        x_amzn_sage_maker_inference_component: Which inference component of the endpoint to ask.
        x_amzn_sage_maker_session_id: `NEW_SESSION` to open a stateful session, or the id of an open one to send this
            request to the instance that holds it.
        x_amzn_sage_maker_prefix_aware_id: An id shared by requests with a common prompt prefix, so that they meet a warm cache.
        x_amz_content_sha_256: The hexadecimal SHA-256 of the body. This service does not need it; it is signed when
            sent.
        x_amz_date_header: When the request was signed, in UTC.
        x_amz_security_token_header: The session token of temporary credentials.

    Returns:
        The answer, whatever its status, and what it means.

    Raises:
        errors.UnexpectedStatus: The spec does not know the answer's status, and
            Client.raise_on_unexpected_status is True.
        httpx.HTTPError: The exchange failed.
    """

    _kwargs = get_kwargs(
        endpoint_name=endpoint_name,
        body=body,
        x_amz_algorithm=x_amz_algorithm,
        x_amz_credential=x_amz_credential,
        x_amz_date_query=x_amz_date_query,
        x_amz_expires=x_amz_expires,
        x_amz_security_token_query=x_amz_security_token_query,
        x_amz_signed_headers=x_amz_signed_headers,
        x_amz_signature=x_amz_signature,
        content_type=content_type,
        accept=accept,
        x_amzn_sage_maker_custom_attributes=x_amzn_sage_maker_custom_attributes,
        x_amzn_sage_maker_target_model=x_amzn_sage_maker_target_model,
        x_amzn_sage_maker_target_variant=x_amzn_sage_maker_target_variant,
        x_amzn_sage_maker_target_container_hostname=x_amzn_sage_maker_target_container_hostname,
        x_amzn_sage_maker_inference_id=x_amzn_sage_maker_inference_id,
        x_amzn_sage_maker_enable_explanations=x_amzn_sage_maker_enable_explanations,
        x_amzn_sage_maker_inference_component=x_amzn_sage_maker_inference_component,
        x_amzn_sage_maker_session_id=x_amzn_sage_maker_session_id,
        x_amzn_sage_maker_prefix_aware_id=x_amzn_sage_maker_prefix_aware_id,
        x_amz_content_sha_256=x_amz_content_sha_256,
        x_amz_date_header=x_amz_date_header,
        x_amz_security_token_header=x_amz_security_token_header,
    )

    response = client.get_httpx_client().request(**_kwargs)

    return _build_response(client=client, response=response)


def sync(
    endpoint_name: str,
    *,
    client: Client,
    body: bytes | BinaryIO,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    content_type: str | Unset = UNSET,
    accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_target_model: str | Unset = UNSET,
    x_amzn_sage_maker_target_variant: str | Unset = UNSET,
    x_amzn_sage_maker_target_container_hostname: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_enable_explanations: str | Unset = UNSET,
    x_amzn_sage_maker_inference_component: str | Unset = UNSET,
    x_amzn_sage_maker_session_id: str | Unset = UNSET,
    x_amzn_sage_maker_prefix_aware_id: str | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> (
    bytes
    | InternalDependencyException
    | InternalFailure
    | ModelError
    | ModelNotReadyException
    | ServiceUnavailable
    | ValidationError
    | None
):
    """Ask a model for an inference and wait for the answer.

    The body goes to the model's container as it is, and the container's answer comes back as it
    is. The container has 60 seconds to answer, so a client's read timeout should be 70 seconds.
    Headers other than those listed here do not reach the container.

    Args:
        endpoint_name: The name that the endpoint was given when it was created.
        client: Where to send the request, and how.
        body: Raw bytes. The service model says at most 6291456; newer documentation says 25 MB.
        x_amz_algorithm: The signing algorithm.
        x_amz_credential: The access key id and the credential scope.
        x_amz_date_query: When the request was signed, in UTC.
        x_amz_expires: For how many seconds after its date the signature holds.
        x_amz_security_token_query: The session token of temporary credentials.
        x_amz_signed_headers: The lower-case names of the signed headers, separated by semicolons.
        x_amz_signature: The signature, in hexadecimal.
        content_type: The media type of the body.
        accept: The media type that the caller would like the inference to have.
        x_amzn_sage_maker_custom_attributes: Anything the caller wants to tell the container beside the body, such as a trace id:
            passed on as it is, at most 1024 visible ASCII characters.
        x_amzn_sage_maker_target_model: Which model of a multi-model endpoint to ask.
        x_amzn_sage_maker_target_variant: Which production variant to ask, whatever the variants' weights say.
        x_amzn_sage_maker_target_container_hostname: Which container of a multi-container endpoint with direct invocation to ask.
        x_amzn_sage_maker_inference_id: The caller's own id of this inference; captured data and asynchronous results carry
            it.
        x_amzn_sage_maker_enable_explanations: A JMESPath expression that decides for this request whether Clarify explains it.
        x_amzn_sage_maker_inference_component: Which inference component of the endpoint to ask.
        x_amzn_sage_maker_session_id: `NEW_SESSION` to open a stateful session, or the id of an open one to send this
            request to the instance that holds it.
        x_amzn_sage_maker_prefix_aware_id: An id shared by requests with a common prompt prefix, so that they meet a warm cache.
        x_amz_content_sha_256: The hexadecimal SHA-256 of the body. This service does not need it; it is signed when
            sent.
        x_amz_date_header: When the request was signed, in UTC.
        x_amz_security_token_header: The session token of temporary credentials.

    Returns:
        What the answer means, or None where the spec does not know.

    Raises:
        errors.UnexpectedStatus: The spec does not know the answer's status, and
            Client.raise_on_unexpected_status is True.
        httpx.HTTPError: The exchange failed.
    """

    return sync_detailed(
        endpoint_name=endpoint_name,
        client=client,
        body=body,
        x_amz_algorithm=x_amz_algorithm,
        x_amz_credential=x_amz_credential,
        x_amz_date_query=x_amz_date_query,
        x_amz_expires=x_amz_expires,
        x_amz_security_token_query=x_amz_security_token_query,
        x_amz_signed_headers=x_amz_signed_headers,
        x_amz_signature=x_amz_signature,
        content_type=content_type,
        accept=accept,
        x_amzn_sage_maker_custom_attributes=x_amzn_sage_maker_custom_attributes,
        x_amzn_sage_maker_target_model=x_amzn_sage_maker_target_model,
        x_amzn_sage_maker_target_variant=x_amzn_sage_maker_target_variant,
        x_amzn_sage_maker_target_container_hostname=x_amzn_sage_maker_target_container_hostname,
        x_amzn_sage_maker_inference_id=x_amzn_sage_maker_inference_id,
        x_amzn_sage_maker_enable_explanations=x_amzn_sage_maker_enable_explanations,
        x_amzn_sage_maker_inference_component=x_amzn_sage_maker_inference_component,
        x_amzn_sage_maker_session_id=x_amzn_sage_maker_session_id,
        x_amzn_sage_maker_prefix_aware_id=x_amzn_sage_maker_prefix_aware_id,
        x_amz_content_sha_256=x_amz_content_sha_256,
        x_amz_date_header=x_amz_date_header,
        x_amz_security_token_header=x_amz_security_token_header,
    ).parsed


async def asyncio_detailed(
    endpoint_name: str,
    *,
    client: Client,
    body: bytes | BinaryIO,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    content_type: str | Unset = UNSET,
    accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_target_model: str | Unset = UNSET,
    x_amzn_sage_maker_target_variant: str | Unset = UNSET,
    x_amzn_sage_maker_target_container_hostname: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_enable_explanations: str | Unset = UNSET,
    x_amzn_sage_maker_inference_component: str | Unset = UNSET,
    x_amzn_sage_maker_session_id: str | Unset = UNSET,
    x_amzn_sage_maker_prefix_aware_id: str | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> Response[
    bytes
    | InternalDependencyException
    | InternalFailure
    | ModelError
    | ModelNotReadyException
    | ServiceUnavailable
    | ValidationError
]:
    """Ask a model for an inference and wait for the answer.

    The body goes to the model's container as it is, and the container's answer comes back as it
    is. The container has 60 seconds to answer, so a client's read timeout should be 70 seconds.
    Headers other than those listed here do not reach the container.

    Args:
        endpoint_name: The name that the endpoint was given when it was created.
        client: Where to send the request, and how.
        body: Raw bytes. The service model says at most 6291456; newer documentation says 25 MB.
        x_amz_algorithm: The signing algorithm.
        x_amz_credential: The access key id and the credential scope.
        x_amz_date_query: When the request was signed, in UTC.
        x_amz_expires: For how many seconds after its date the signature holds.
        x_amz_security_token_query: The session token of temporary credentials.
        x_amz_signed_headers: The lower-case names of the signed headers, separated by semicolons.
        x_amz_signature: The signature, in hexadecimal.
        content_type: The media type of the body.
        accept: The media type that the caller would like the inference to have.
        x_amzn_sage_maker_custom_attributes: Anything the caller wants to tell the container beside the body, such as a trace id:
            passed on as it is, at most 1024 visible ASCII characters.
        x_amzn_sage_maker_target_model: Which model of a multi-model endpoint to ask.
        x_amzn_sage_maker_target_variant: Which production variant to ask, whatever the variants' weights say.
        x_amzn_sage_maker_target_container_hostname: Which container of a multi-container endpoint with direct invocation to ask.
        x_amzn_sage_maker_inference_id: The caller's own id of this inference; captured data and asynchronous results carry
            it.
        x_amzn_sage_maker_enable_explanations: A JMESPath expression that decides for this request whether Clarify explains it.
        x_amzn_sage_maker_inference_component: Which inference component of the endpoint to ask.
        x_amzn_sage_maker_session_id: `NEW_SESSION` to open a stateful session, or the id of an open one to send this
            request to the instance that holds it.
        x_amzn_sage_maker_prefix_aware_id: An id shared by requests with a common prompt prefix, so that they meet a warm cache.
        x_amz_content_sha_256: The hexadecimal SHA-256 of the body. This service does not need it; it is signed when
            sent.
        x_amz_date_header: When the request was signed, in UTC.
        x_amz_security_token_header: The session token of temporary credentials.

    Returns:
        The answer, whatever its status, and what it means.

    Raises:
        errors.UnexpectedStatus: The spec does not know the answer's status, and
            Client.raise_on_unexpected_status is True.
        httpx.HTTPError: The exchange failed.
    """

    _kwargs = get_kwargs(
        endpoint_name=endpoint_name,
        body=body,
        x_amz_algorithm=x_amz_algorithm,
        x_amz_credential=x_amz_credential,
        x_amz_date_query=x_amz_date_query,
        x_amz_expires=x_amz_expires,
        x_amz_security_token_query=x_amz_security_token_query,
        x_amz_signed_headers=x_amz_signed_headers,
        x_amz_signature=x_amz_signature,
        content_type=content_type,
        accept=accept,
        x_amzn_sage_maker_custom_attributes=x_amzn_sage_maker_custom_attributes,
        x_amzn_sage_maker_target_model=x_amzn_sage_maker_target_model,
        x_amzn_sage_maker_target_variant=x_amzn_sage_maker_target_variant,
        x_amzn_sage_maker_target_container_hostname=x_amzn_sage_maker_target_container_hostname,
        x_amzn_sage_maker_inference_id=x_amzn_sage_maker_inference_id,
        x_amzn_sage_maker_enable_explanations=x_amzn_sage_maker_enable_explanations,
        x_amzn_sage_maker_inference_component=x_amzn_sage_maker_inference_component,
        x_amzn_sage_maker_session_id=x_amzn_sage_maker_session_id,
        x_amzn_sage_maker_prefix_aware_id=x_amzn_sage_maker_prefix_aware_id,
        x_amz_content_sha_256=x_amz_content_sha_256,
        x_amz_date_header=x_amz_date_header,
        x_amz_security_token_header=x_amz_security_token_header,
    )
    if not isinstance(body, bytes | Unset):
        _kwargs["content"] = body.read()  # httpx's async client does not read files

    response = await client.get_async_httpx_client().request(**_kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    endpoint_name: str,
    *,
    client: Client,
    body: bytes | BinaryIO,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    content_type: str | Unset = UNSET,
    accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_target_model: str | Unset = UNSET,
    x_amzn_sage_maker_target_variant: str | Unset = UNSET,
    x_amzn_sage_maker_target_container_hostname: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_enable_explanations: str | Unset = UNSET,
    x_amzn_sage_maker_inference_component: str | Unset = UNSET,
    x_amzn_sage_maker_session_id: str | Unset = UNSET,
    x_amzn_sage_maker_prefix_aware_id: str | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> (
    bytes
    | InternalDependencyException
    | InternalFailure
    | ModelError
    | ModelNotReadyException
    | ServiceUnavailable
    | ValidationError
    | None
):
    """Ask a model for an inference and wait for the answer.

    The body goes to the model's container as it is, and the container's answer comes back as it
    is. The container has 60 seconds to answer, so a client's read timeout should be 70 seconds.
    Headers other than those listed here do not reach the container.

    Args:
        endpoint_name: The name that the endpoint was given when it was created.
        client: Where to send the request, and how.
        body: Raw bytes. The service model says at most 6291456; newer documentation says 25 MB.
        x_amz_algorithm: The signing algorithm.
        x_amz_credential: The access key id and the credential scope.
        x_amz_date_query: When the request was signed, in UTC.
        x_amz_expires: For how many seconds after its date the signature holds.
        x_amz_security_token_query: The session token of temporary credentials.
        x_amz_signed_headers: The lower-case names of the signed headers, separated by semicolons.
        x_amz_signature: The signature, in hexadecimal.
        content_type: The media type of the body.
        accept: The media type that the caller would like the inference to have.
        x_amzn_sage_maker_custom_attributes: Anything the caller wants to tell the container beside the body, such as a trace id:
            passed on as it is, at most 1024 visible ASCII characters.
        x_amzn_sage_maker_target_model: Which model of a multi-model endpoint to ask.
        x_amzn_sage_maker_target_variant: Which production variant to ask, whatever the variants' weights say.
        x_amzn_sage_maker_target_container_hostname: Which container of a multi-container endpoint with direct invocation to ask.
        x_amzn_sage_maker_inference_id: The caller's own id of this inference; captured data and asynchronous results carry
            it.
        x_amzn_sage_maker_enable_explanations: A JMESPath expression that decides for this request whether Clarify explains it.
        x_amzn_sage_maker_inference_component: Which inference component of the endpoint to ask.
        x_amzn_sage_maker_session_id: `NEW_SESSION` to open a stateful session, or the id of an open one to send this
            request to the instance that holds it.
        x_amzn_sage_maker_prefix_aware_id: An id shared by requests with a common prompt prefix, so that they meet a warm cache.
        x_amz_content_sha_256: The hexadecimal SHA-256 of the body. This service does not need it; it is signed when
            sent.
        x_amz_date_header: When the request was signed, in UTC.
        x_amz_security_token_header: The session token of temporary credentials.

    Returns:
        What the answer means, or None where the spec does not know.

    Raises:
        errors.UnexpectedStatus: The spec does not know the answer's status, and
            Client.raise_on_unexpected_status is True.
        httpx.HTTPError: The exchange failed.
    """

    return (
        await asyncio_detailed(
            endpoint_name=endpoint_name,
            client=client,
            body=body,
            x_amz_algorithm=x_amz_algorithm,
            x_amz_credential=x_amz_credential,
            x_amz_date_query=x_amz_date_query,
            x_amz_expires=x_amz_expires,
            x_amz_security_token_query=x_amz_security_token_query,
            x_amz_signed_headers=x_amz_signed_headers,
            x_amz_signature=x_amz_signature,
            content_type=content_type,
            accept=accept,
            x_amzn_sage_maker_custom_attributes=x_amzn_sage_maker_custom_attributes,
            x_amzn_sage_maker_target_model=x_amzn_sage_maker_target_model,
            x_amzn_sage_maker_target_variant=x_amzn_sage_maker_target_variant,
            x_amzn_sage_maker_target_container_hostname=x_amzn_sage_maker_target_container_hostname,
            x_amzn_sage_maker_inference_id=x_amzn_sage_maker_inference_id,
            x_amzn_sage_maker_enable_explanations=x_amzn_sage_maker_enable_explanations,
            x_amzn_sage_maker_inference_component=x_amzn_sage_maker_inference_component,
            x_amzn_sage_maker_session_id=x_amzn_sage_maker_session_id,
            x_amzn_sage_maker_prefix_aware_id=x_amzn_sage_maker_prefix_aware_id,
            x_amz_content_sha_256=x_amz_content_sha_256,
            x_amz_date_header=x_amz_date_header,
            x_amz_security_token_header=x_amz_security_token_header,
        )
    ).parsed
