from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.audit_entry_view_detail import AuditEntryViewDetail


T = TypeVar("T", bound="AuditEntryView")


@_attrs_define
class AuditEntryView:
    """One change."""

    action: str
    """ What was done. """
    at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    detail: AuditEntryViewDetail
    """ Particulars; what is in it depends on the action. """
    id: int
    """ Its number; later entries have higher ones, with gaps. """
    object_: str
    """ To what. """
    principal: str
    """ Who: a caller, `anonymous`, `terminal` (somebody at the command line), or `outrider` (the service itself).
    """
    address: None | str | Unset = UNSET
    """ Where the request came from. """
    request_id: None | str | Unset = UNSET
    """ The request, as its answer and the access log have it. """
    tenant: None | str | Unset = UNSET
    """ Whose. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        action = self.action

        at = self.at.isoformat()

        detail = self.detail.to_dict()

        id = self.id

        object_ = self.object_

        principal = self.principal

        address: None | str | Unset
        if isinstance(self.address, Unset):
            address = UNSET
        else:
            address = self.address

        request_id: None | str | Unset
        if isinstance(self.request_id, Unset):
            request_id = UNSET
        else:
            request_id = self.request_id

        tenant: None | str | Unset
        if isinstance(self.tenant, Unset):
            tenant = UNSET
        else:
            tenant = self.tenant

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "at": at,
                "detail": detail,
                "id": id,
                "object": object_,
                "principal": principal,
            }
        )
        if address is not UNSET:
            field_dict["address"] = address
        if request_id is not UNSET:
            field_dict["request_id"] = request_id
        if tenant is not UNSET:
            field_dict["tenant"] = tenant

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_entry_view_detail import AuditEntryViewDetail  # noqa: PLC0415

        d = dict(src_dict)
        action = d.pop("action")

        at = read_time(d.pop("at"))

        detail = AuditEntryViewDetail.from_dict(d.pop("detail"))

        id = d.pop("id")

        object_ = d.pop("object")

        principal = d.pop("principal")

        def _parse_address(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        address = _parse_address(d.pop("address", UNSET))

        def _parse_request_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        request_id = _parse_request_id(d.pop("request_id", UNSET))

        def _parse_tenant(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tenant = _parse_tenant(d.pop("tenant", UNSET))

        audit_entry_view = cls(
            action=action,
            at=at,
            detail=detail,
            id=id,
            object_=object_,
            principal=principal,
            address=address,
            request_id=request_id,
            tenant=tenant,
        )

        audit_entry_view.additional_properties = d
        return audit_entry_view

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
