# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ModelError")


@_attrs_define
class ModelError:
    """The model's container answered with an error, or not at all.

    Attributes:
        message (None | str | Unset): What went wrong, in words. May be null.
        original_status_code (int | Unset): The status that the container answered.
        original_message (None | str | Unset): What went wrong, in words. May be null.
        log_stream_arn (str | Unset): The ARN of the container's log stream.
    """

    message: None | str | Unset = UNSET
    original_status_code: int | Unset = UNSET
    original_message: None | str | Unset = UNSET
    log_stream_arn: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        message: None | str | Unset
        if isinstance(self.message, Unset):
            message = UNSET
        else:
            message = self.message

        original_status_code = self.original_status_code

        original_message: None | str | Unset
        if isinstance(self.original_message, Unset):
            original_message = UNSET
        else:
            original_message = self.original_message

        log_stream_arn = self.log_stream_arn

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if message is not UNSET:
            field_dict["Message"] = message
        if original_status_code is not UNSET:
            field_dict["OriginalStatusCode"] = original_status_code
        if original_message is not UNSET:
            field_dict["OriginalMessage"] = original_message
        if log_stream_arn is not UNSET:
            field_dict["LogStreamArn"] = log_stream_arn

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        message = _parse_message(d.pop("Message", UNSET))

        original_status_code = d.pop("OriginalStatusCode", UNSET)

        def _parse_original_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        original_message = _parse_original_message(d.pop("OriginalMessage", UNSET))

        log_stream_arn = d.pop("LogStreamArn", UNSET)

        model_error = cls(
            message=message,
            original_status_code=original_status_code,
            original_message=original_message,
            log_stream_arn=log_stream_arn,
        )

        model_error.additional_properties = d
        return model_error

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
