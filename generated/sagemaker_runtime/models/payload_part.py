# Made by `make regen` from openapi/sagemaker-runtime.yaml. Do not edit: change the spec or
# openapi/templates/, and run it again.

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, File, FileTypes, Unset

T = TypeVar("T", bound="PayloadPart")


@_attrs_define
class PayloadPart:
    """Some bytes of the model's output, cut anywhere; they are the event's payload.

    Attributes:
        bytes_ (File | Unset): The payload of the event.
    """

    bytes_: File | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        bytes_: FileTypes | Unset = UNSET
        if not isinstance(self.bytes_, Unset):
            bytes_ = self.bytes_.to_tuple()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if bytes_ is not UNSET:
            field_dict["Bytes"] = bytes_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _bytes_ = d.pop("Bytes", UNSET)
        bytes_: File | Unset
        if isinstance(_bytes_, Unset):
            bytes_ = UNSET
        else:
            bytes_ = File(payload=BytesIO(_bytes_))

        payload_part = cls(
            bytes_=bytes_,
        )

        payload_part.additional_properties = d
        return payload_part

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
