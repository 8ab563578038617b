# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.


from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from ...types import UNSET, Response, Unset, path_segment

if TYPE_CHECKING:
    import httpx

    from ...client import Client
    from ...models.internal_failure import InternalFailure
    from ...models.invoke_endpoint_async_output import InvokeEndpointAsyncOutput
    from ...models.service_unavailable import ServiceUnavailable
    from ...models.validation_error import ValidationError


def get_kwargs(
    endpoint_name: str,
    *,
    body: bytes | BinaryIO | Unset = UNSET,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    x_amzn_sage_maker_content_type: str | Unset = UNSET,
    x_amzn_sage_maker_accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_input_location: str | Unset = UNSET,
    x_amzn_sage_maker_s3_output_path_extension: str | Unset = UNSET,
    x_amzn_sage_maker_filename: str | Unset = UNSET,
    x_amzn_sage_maker_request_ttl_seconds: int | Unset = UNSET,
    x_amzn_sage_maker_invocation_timeout_seconds: int | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> dict[str, Any]:
    """The arguments for `httpx.Client.request` that make this operation's request."""
    headers: dict[str, Any] = {}
    if not isinstance(x_amzn_sage_maker_content_type, Unset):
        headers["X-Amzn-SageMaker-Content-Type"] = x_amzn_sage_maker_content_type

    if not isinstance(x_amzn_sage_maker_accept, Unset):
        headers["X-Amzn-SageMaker-Accept"] = x_amzn_sage_maker_accept

    if not isinstance(x_amzn_sage_maker_custom_attributes, Unset):
        headers["X-Amzn-SageMaker-Custom-Attributes"] = x_amzn_sage_maker_custom_attributes

    if not isinstance(x_amzn_sage_maker_inference_id, Unset):
        headers["X-Amzn-SageMaker-Inference-Id"] = x_amzn_sage_maker_inference_id

    if not isinstance(x_amzn_sage_maker_input_location, Unset):
        headers["X-Amzn-SageMaker-InputLocation"] = x_amzn_sage_maker_input_location

    if not isinstance(x_amzn_sage_maker_s3_output_path_extension, Unset):
        headers["X-Amzn-SageMaker-S3OutputPathExtension"] = (
            x_amzn_sage_maker_s3_output_path_extension
        )

    if not isinstance(x_amzn_sage_maker_filename, Unset):
        headers["X-Amzn-SageMaker-Filename"] = x_amzn_sage_maker_filename

    if not isinstance(x_amzn_sage_maker_request_ttl_seconds, Unset):
        headers["X-Amzn-SageMaker-RequestTTLSeconds"] = str(x_amzn_sage_maker_request_ttl_seconds)

    if not isinstance(x_amzn_sage_maker_invocation_timeout_seconds, Unset):
        headers["X-Amzn-SageMaker-InvocationTimeoutSeconds"] = str(
            x_amzn_sage_maker_invocation_timeout_seconds
        )

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
        "url": "/endpoints/{endpoint_name}/async-invocations".format(
            endpoint_name=path_segment(endpoint_name),
        ),
    }
    if params:
        _kwargs["params"] = params

    if not isinstance(body, Unset):
        _kwargs["content"] = body

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: Client, response: httpx.Response
) -> InternalFailure | InvokeEndpointAsyncOutput | ServiceUnavailable | ValidationError | None:
    from ...models.internal_failure import InternalFailure
    from ...models.invoke_endpoint_async_output import InvokeEndpointAsyncOutput
    from ...models.service_unavailable import ServiceUnavailable
    from ...models.validation_error import ValidationError

    if response.status_code == 202:
        try:
            response_202 = InvokeEndpointAsyncOutput.from_dict(response.json())

            return response_202

        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # not what the spec says: the caller has the bytes
    if response.status_code == 400:
        try:
            response_400 = ValidationError.from_dict(response.json())

            return response_400

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
    if client.raise_on_unexpected_status:
        from ...errors import UnexpectedStatus

        raise UnexpectedStatus(response.status_code, response.content)
    return None


def _build_response(
    *, client: Client, response: httpx.Response
) -> Response[InternalFailure | InvokeEndpointAsyncOutput | ServiceUnavailable | ValidationError]:
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
    body: bytes | BinaryIO | Unset = UNSET,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    x_amzn_sage_maker_content_type: str | Unset = UNSET,
    x_amzn_sage_maker_accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_input_location: str | Unset = UNSET,
    x_amzn_sage_maker_s3_output_path_extension: str | Unset = UNSET,
    x_amzn_sage_maker_filename: str | Unset = UNSET,
    x_amzn_sage_maker_request_ttl_seconds: int | Unset = UNSET,
    x_amzn_sage_maker_invocation_timeout_seconds: int | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> Response[InternalFailure | InvokeEndpointAsyncOutput | ServiceUnavailable | ValidationError]:
    """Queue an inference; its result is written to Amazon S3.

    Answers as soon as the request is queued. The input is either an object in Amazon S3 or the
    body of this request, never both. The result, or the failure, appears later at the locations
    that the answer names.

    Args:
        endpoint_name: The name that the endpoint was given when it was created.
        client: Where to send the request, and how.
        body: Raw bytes.
        x_amz_algorithm: The signing algorithm.
        x_amz_credential: The access key id and the credential scope.
        x_amz_date_query: When the request was signed, in UTC.
        x_amz_expires: For how many seconds after its date the signature holds.
        x_amz_security_token_query: The session token of temporary credentials.
        x_amz_signed_headers: The lower-case names of the signed headers, separated by semicolons.
        x_amz_signature: The signature, in hexadecimal.
        x_amzn_sage_maker_content_type: The media type of the input, wherever it lies.
        x_amzn_sage_maker_accept: The media type that the caller would like the inference to have.
        x_amzn_sage_maker_custom_attributes: Anything the caller wants to tell the container beside the body, such as a trace id:
            passed on as it is, at most 1024 visible ASCII characters.
        x_amzn_sage_maker_inference_id: The caller's own id of this inference; captured data and asynchronous results carry
            it.
        x_amzn_sage_maker_input_location: The `s3://` or `https://` location of the input. Left out when the input is the body.
        x_amzn_sage_maker_s3_output_path_extension: A path to add to the endpoint's output path for this inference's result.
        x_amzn_sage_maker_filename: The file name of the result, in place of a generated one.
        x_amzn_sage_maker_request_ttl_seconds: How many seconds the request may wait in the queue before it expires. The service's
            default is 21600, six hours.
        x_amzn_sage_maker_invocation_timeout_seconds: How many seconds the model may work on the request before it expires. The service's
            default is 900, fifteen minutes.
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
        x_amzn_sage_maker_content_type=x_amzn_sage_maker_content_type,
        x_amzn_sage_maker_accept=x_amzn_sage_maker_accept,
        x_amzn_sage_maker_custom_attributes=x_amzn_sage_maker_custom_attributes,
        x_amzn_sage_maker_inference_id=x_amzn_sage_maker_inference_id,
        x_amzn_sage_maker_input_location=x_amzn_sage_maker_input_location,
        x_amzn_sage_maker_s3_output_path_extension=x_amzn_sage_maker_s3_output_path_extension,
        x_amzn_sage_maker_filename=x_amzn_sage_maker_filename,
        x_amzn_sage_maker_request_ttl_seconds=x_amzn_sage_maker_request_ttl_seconds,
        x_amzn_sage_maker_invocation_timeout_seconds=x_amzn_sage_maker_invocation_timeout_seconds,
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
    body: bytes | BinaryIO | Unset = UNSET,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    x_amzn_sage_maker_content_type: str | Unset = UNSET,
    x_amzn_sage_maker_accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_input_location: str | Unset = UNSET,
    x_amzn_sage_maker_s3_output_path_extension: str | Unset = UNSET,
    x_amzn_sage_maker_filename: str | Unset = UNSET,
    x_amzn_sage_maker_request_ttl_seconds: int | Unset = UNSET,
    x_amzn_sage_maker_invocation_timeout_seconds: int | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> InternalFailure | InvokeEndpointAsyncOutput | ServiceUnavailable | ValidationError | None:
    """Queue an inference; its result is written to Amazon S3.

    Answers as soon as the request is queued. The input is either an object in Amazon S3 or the
    body of this request, never both. The result, or the failure, appears later at the locations
    that the answer names.

    Args:
        endpoint_name: The name that the endpoint was given when it was created.
        client: Where to send the request, and how.
        body: Raw bytes.
        x_amz_algorithm: The signing algorithm.
        x_amz_credential: The access key id and the credential scope.
        x_amz_date_query: When the request was signed, in UTC.
        x_amz_expires: For how many seconds after its date the signature holds.
        x_amz_security_token_query: The session token of temporary credentials.
        x_amz_signed_headers: The lower-case names of the signed headers, separated by semicolons.
        x_amz_signature: The signature, in hexadecimal.
        x_amzn_sage_maker_content_type: The media type of the input, wherever it lies.
        x_amzn_sage_maker_accept: The media type that the caller would like the inference to have.
        x_amzn_sage_maker_custom_attributes: Anything the caller wants to tell the container beside the body, such as a trace id:
            passed on as it is, at most 1024 visible ASCII characters.
        x_amzn_sage_maker_inference_id: The caller's own id of this inference; captured data and asynchronous results carry
            it.
        x_amzn_sage_maker_input_location: The `s3://` or `https://` location of the input. Left out when the input is the body.
        x_amzn_sage_maker_s3_output_path_extension: A path to add to the endpoint's output path for this inference's result.
        x_amzn_sage_maker_filename: The file name of the result, in place of a generated one.
        x_amzn_sage_maker_request_ttl_seconds: How many seconds the request may wait in the queue before it expires. The service's
            default is 21600, six hours.
        x_amzn_sage_maker_invocation_timeout_seconds: How many seconds the model may work on the request before it expires. The service's
            default is 900, fifteen minutes.
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
        x_amzn_sage_maker_content_type=x_amzn_sage_maker_content_type,
        x_amzn_sage_maker_accept=x_amzn_sage_maker_accept,
        x_amzn_sage_maker_custom_attributes=x_amzn_sage_maker_custom_attributes,
        x_amzn_sage_maker_inference_id=x_amzn_sage_maker_inference_id,
        x_amzn_sage_maker_input_location=x_amzn_sage_maker_input_location,
        x_amzn_sage_maker_s3_output_path_extension=x_amzn_sage_maker_s3_output_path_extension,
        x_amzn_sage_maker_filename=x_amzn_sage_maker_filename,
        x_amzn_sage_maker_request_ttl_seconds=x_amzn_sage_maker_request_ttl_seconds,
        x_amzn_sage_maker_invocation_timeout_seconds=x_amzn_sage_maker_invocation_timeout_seconds,
        x_amz_content_sha_256=x_amz_content_sha_256,
        x_amz_date_header=x_amz_date_header,
        x_amz_security_token_header=x_amz_security_token_header,
    ).parsed


async def asyncio_detailed(
    endpoint_name: str,
    *,
    client: Client,
    body: bytes | BinaryIO | Unset = UNSET,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    x_amzn_sage_maker_content_type: str | Unset = UNSET,
    x_amzn_sage_maker_accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_input_location: str | Unset = UNSET,
    x_amzn_sage_maker_s3_output_path_extension: str | Unset = UNSET,
    x_amzn_sage_maker_filename: str | Unset = UNSET,
    x_amzn_sage_maker_request_ttl_seconds: int | Unset = UNSET,
    x_amzn_sage_maker_invocation_timeout_seconds: int | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> Response[InternalFailure | InvokeEndpointAsyncOutput | ServiceUnavailable | ValidationError]:
    """Queue an inference; its result is written to Amazon S3.

    Answers as soon as the request is queued. The input is either an object in Amazon S3 or the
    body of this request, never both. The result, or the failure, appears later at the locations
    that the answer names.

    Args:
        endpoint_name: The name that the endpoint was given when it was created.
        client: Where to send the request, and how.
        body: Raw bytes.
        x_amz_algorithm: The signing algorithm.
        x_amz_credential: The access key id and the credential scope.
        x_amz_date_query: When the request was signed, in UTC.
        x_amz_expires: For how many seconds after its date the signature holds.
        x_amz_security_token_query: The session token of temporary credentials.
        x_amz_signed_headers: The lower-case names of the signed headers, separated by semicolons.
        x_amz_signature: The signature, in hexadecimal.
        x_amzn_sage_maker_content_type: The media type of the input, wherever it lies.
        x_amzn_sage_maker_accept: The media type that the caller would like the inference to have.
        x_amzn_sage_maker_custom_attributes: Anything the caller wants to tell the container beside the body, such as a trace id:
            passed on as it is, at most 1024 visible ASCII characters.
        x_amzn_sage_maker_inference_id: The caller's own id of this inference; captured data and asynchronous results carry
            it.
        x_amzn_sage_maker_input_location: The `s3://` or `https://` location of the input. Left out when the input is the body.
        x_amzn_sage_maker_s3_output_path_extension: A path to add to the endpoint's output path for this inference's result.
        x_amzn_sage_maker_filename: The file name of the result, in place of a generated one.
        x_amzn_sage_maker_request_ttl_seconds: How many seconds the request may wait in the queue before it expires. The service's
            default is 21600, six hours.
        x_amzn_sage_maker_invocation_timeout_seconds: How many seconds the model may work on the request before it expires. The service's
            default is 900, fifteen minutes.
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
        x_amzn_sage_maker_content_type=x_amzn_sage_maker_content_type,
        x_amzn_sage_maker_accept=x_amzn_sage_maker_accept,
        x_amzn_sage_maker_custom_attributes=x_amzn_sage_maker_custom_attributes,
        x_amzn_sage_maker_inference_id=x_amzn_sage_maker_inference_id,
        x_amzn_sage_maker_input_location=x_amzn_sage_maker_input_location,
        x_amzn_sage_maker_s3_output_path_extension=x_amzn_sage_maker_s3_output_path_extension,
        x_amzn_sage_maker_filename=x_amzn_sage_maker_filename,
        x_amzn_sage_maker_request_ttl_seconds=x_amzn_sage_maker_request_ttl_seconds,
        x_amzn_sage_maker_invocation_timeout_seconds=x_amzn_sage_maker_invocation_timeout_seconds,
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
    body: bytes | BinaryIO | Unset = UNSET,
    x_amz_algorithm: str | Unset = UNSET,
    x_amz_credential: str | Unset = UNSET,
    x_amz_date_query: str | Unset = UNSET,
    x_amz_expires: int | Unset = UNSET,
    x_amz_security_token_query: str | Unset = UNSET,
    x_amz_signed_headers: str | Unset = UNSET,
    x_amz_signature: str | Unset = UNSET,
    x_amzn_sage_maker_content_type: str | Unset = UNSET,
    x_amzn_sage_maker_accept: str | Unset = UNSET,
    x_amzn_sage_maker_custom_attributes: str | Unset = UNSET,
    x_amzn_sage_maker_inference_id: str | Unset = UNSET,
    x_amzn_sage_maker_input_location: str | Unset = UNSET,
    x_amzn_sage_maker_s3_output_path_extension: str | Unset = UNSET,
    x_amzn_sage_maker_filename: str | Unset = UNSET,
    x_amzn_sage_maker_request_ttl_seconds: int | Unset = UNSET,
    x_amzn_sage_maker_invocation_timeout_seconds: int | Unset = UNSET,
    x_amz_content_sha_256: str | Unset = UNSET,
    x_amz_date_header: str | Unset = UNSET,
    x_amz_security_token_header: str | Unset = UNSET,
) -> InternalFailure | InvokeEndpointAsyncOutput | ServiceUnavailable | ValidationError | None:
    """Queue an inference; its result is written to Amazon S3.

    Answers as soon as the request is queued. The input is either an object in Amazon S3 or the
    body of this request, never both. The result, or the failure, appears later at the locations
    that the answer names.

    Args:
        endpoint_name: The name that the endpoint was given when it was created.
        client: Where to send the request, and how.
        body: Raw bytes.
        x_amz_algorithm: The signing algorithm.
        x_amz_credential: The access key id and the credential scope.
        x_amz_date_query: When the request was signed, in UTC.
        x_amz_expires: For how many seconds after its date the signature holds.
        x_amz_security_token_query: The session token of temporary credentials.
        x_amz_signed_headers: The lower-case names of the signed headers, separated by semicolons.
        x_amz_signature: The signature, in hexadecimal.
        x_amzn_sage_maker_content_type: The media type of the input, wherever it lies.
        x_amzn_sage_maker_accept: The media type that the caller would like the inference to have.
        x_amzn_sage_maker_custom_attributes: Anything the caller wants to tell the container beside the body, such as a trace id:
            passed on as it is, at most 1024 visible ASCII characters.
        x_amzn_sage_maker_inference_id: The caller's own id of this inference; captured data and asynchronous results carry
            it.
        x_amzn_sage_maker_input_location: The `s3://` or `https://` location of the input. Left out when the input is the body.
        x_amzn_sage_maker_s3_output_path_extension: A path to add to the endpoint's output path for this inference's result.
        x_amzn_sage_maker_filename: The file name of the result, in place of a generated one.
        x_amzn_sage_maker_request_ttl_seconds: How many seconds the request may wait in the queue before it expires. The service's
            default is 21600, six hours.
        x_amzn_sage_maker_invocation_timeout_seconds: How many seconds the model may work on the request before it expires. The service's
            default is 900, fifteen minutes.
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
            x_amzn_sage_maker_content_type=x_amzn_sage_maker_content_type,
            x_amzn_sage_maker_accept=x_amzn_sage_maker_accept,
            x_amzn_sage_maker_custom_attributes=x_amzn_sage_maker_custom_attributes,
            x_amzn_sage_maker_inference_id=x_amzn_sage_maker_inference_id,
            x_amzn_sage_maker_input_location=x_amzn_sage_maker_input_location,
            x_amzn_sage_maker_s3_output_path_extension=x_amzn_sage_maker_s3_output_path_extension,
            x_amzn_sage_maker_filename=x_amzn_sage_maker_filename,
            x_amzn_sage_maker_request_ttl_seconds=x_amzn_sage_maker_request_ttl_seconds,
            x_amzn_sage_maker_invocation_timeout_seconds=x_amzn_sage_maker_invocation_timeout_seconds,
            x_amz_content_sha_256=x_amz_content_sha_256,
            x_amz_date_header=x_amz_date_header,
            x_amz_security_token_header=x_amz_security_token_header,
        )
    ).parsed
