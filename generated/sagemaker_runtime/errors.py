# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.

"""Errors that an operation can raise"""


class UnexpectedStatus(Exception):
    """The spec does not know the answer's status, and Client.raise_on_unexpected_status is True.

    The text leaves the body out: it may be sensitive.
    """

    def __init__(self, status_code: int, content: bytes) -> None:
        super().__init__(status_code, content)
        self.status_code = status_code
        self.content = content

    def __str__(self) -> str:
        return (
            f"Unexpected status code {self.status_code}, with a body of {len(self.content)} bytes"
        )


__all__ = ["UnexpectedStatus"]
