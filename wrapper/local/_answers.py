"""The errors the service answers: their names, statuses and bodies.

The statuses of the service's own errors are the service model's; those of the errors that any AWS
service answers are in https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
or were seen on the wire.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from xml.sax.saxutils import escape

__all__ = ["ACCOUNT_ID", "STATUS_CODES", "AnsweredError", "model_error"]

ACCOUNT_ID = "111122223333"
"""The account the local runtime's endpoints belong to: the one AWS's documentation uses."""

_OWN_ERRORS: Mapping[str, int] = {
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
    "ValidationError": 400,
    "ModelError": 424,
    "InternalDependencyException": 530,
    "ModelNotReadyException": 429,
}

STATUS_CODES: Mapping[str, int] = {
    **_OWN_ERRORS,
    "ThrottlingException": 400,
    "TooManyRequestsException": 429,
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignatureException": 400,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "SignatureDoesNotMatch": 403,
    "UnrecognizedClientException": 403,
    "UnknownOperationException": 404,
    "MethodNotAllowedException": 405,
    "RequestEntityTooLargeException": 413,
    # S3
    "AccessDenied": 403,
    "AuthorizationHeaderMalformed": 400,
    "ExpiredToken": 400,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidBucketName": 400,
    "NoSuchKey": 404,
    "NotImplemented": 501,
    "RequestTimeTooSkewed": 403,
    "XAmzContentSHA256Mismatch": 400,
}


class AnsweredError(Exception):
    """An error to answer.

    Attributes:
        code: The error's name, as in `x-amzn-errortype`.
        message: Its message; None is answered as JSON's null.
        status_code: The HTTP status; by default the one the name goes with.
        members: More members of the JSON body.
        headers: More headers.
    """

    def __init__(
        self,
        code: str,
        message: str | None,
        *,
        status_code: int | None = None,
        members: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status_code = STATUS_CODES[code] if status_code is None else status_code
        self.members = members or {}
        self.headers = headers or {}

    def as_json(self) -> tuple[dict[str, str], bytes]:
        """Headers and body as the rest-json protocol has them."""
        # The service's own errors spell it as their model does, those of AWS's front in lower case.
        name = "Message" if self.code in _OWN_ERRORS else "message"
        body = json.dumps({name: self.message, **self.members}).encode()
        return {
            "content-type": "application/json",
            "x-amzn-errortype": self.code,
            **self.headers,
        }, body

    def as_xml(self, request_id: str) -> tuple[dict[str, str], bytes]:
        """Headers and body as S3 has them."""
        members = {"Code": self.code, "Message": self.message or "", **self.members}
        inner = "".join(f"<{name}>{escape(str(text))}</{name}>" for name, text in members.items())
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
        )
        return {"content-type": "application/xml", **self.headers}, body.encode()


_LONGEST_MESSAGE = 2048  # the service model's `Message`


def model_error(
    *, region: str, endpoint_name: str, container: str, status_code: int, message: str
) -> AnsweredError:
    """The service's `ModelError` for what the container answered.

    Args:
        region: Named in the links to the container's logs.
        endpoint_name: Named in the links to the container's logs.
        container: The container's name; `primary` where there is one only.
        status_code: What the container answered; 0 when it did not answer.
        message: What it answered, or why it did not.
    """
    side = "client" if 400 <= status_code < 500 else "server"
    said = (
        f'with message "{message}"'
        if len(message) <= _LONGEST_MESSAGE
        else "and could not load the entire response body"
    )
    group = f"/aws/sagemaker/Endpoints/{endpoint_name}"
    return AnsweredError(
        "ModelError",
        f"Received {side} error ({status_code}) from {container} {said}. See "
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        f"#logEventViewer:group={group} in account {ACCOUNT_ID} for more information.",
        members={
            "OriginalStatusCode": status_code,
            "OriginalMessage": message[:_LONGEST_MESSAGE],
            "LogStreamArn": f"arn:aws:logs:{region}:{ACCOUNT_ID}:log-group:{group}",
        },
    )
