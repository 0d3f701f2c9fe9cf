# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.delivery_by_hand_signature import DeliveryByHandSignature
from ..types import UNSET, Unset

T = TypeVar("T", bound="DeliveryByHand")


@_attrs_define
class DeliveryByHand:
    signature: DeliveryByHandSignature | Unset = UNSET
    """ How it is signed: `old` is dated an hour ago, like a replayed request """

    def to_dict(self) -> dict[str, Any]:
        signature: str | Unset = UNSET
        if not isinstance(self.signature, Unset):
            signature = self.signature.value

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if signature is not UNSET:
            field_dict["signature"] = signature

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _signature = d.pop("signature", UNSET)
        signature: DeliveryByHandSignature | Unset
        if isinstance(_signature, Unset):
            signature = UNSET
        else:
            signature = DeliveryByHandSignature(_signature)

        delivery_by_hand = cls(
            signature=signature,
        )

        return delivery_by_hand
