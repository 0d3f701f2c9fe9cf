# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="User")


@_attrs_define
class User:
    """A user"""

    user_id: int
    """ Number of the user """
    username: str
    """ Name by which a user signs in """
    is_admin: bool
    """ Whether the user may administer the whole instance """
    is_account_owner: bool
    """ Whether the account is the user's own """
    account: Account
    """ The account that the user belongs to """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        user_id = self.user_id

        username = self.username

        is_admin = self.is_admin

        is_account_owner = self.is_account_owner

        account = self.account.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "userId": user_id,
                "username": username,
                "isAdmin": is_admin,
                "isAccountOwner": is_account_owner,
                "account": account,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        user_id = d.pop("userId")

        username = d.pop("username")

        is_admin = d.pop("isAdmin")

        is_account_owner = d.pop("isAccountOwner")

        account = Account.from_dict(d.pop("account"))

        user = cls(
            user_id=user_id,
            username=username,
            is_admin=is_admin,
            is_account_owner=is_account_owner,
            account=account,
        )

        user.additional_properties = d
        return user

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


from ..models.account import Account
