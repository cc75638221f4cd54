# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/protocols/cifs: services, shares and their ACLs"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model import shares
from ...model.errors import Refused
from ...model.shares import Ace, Share
from ...model.svms import Svm
from ..resource import Resource, Written
from .documents import Body, known, ref


class CifsServices(Resource):
    path = "/protocols/cifs/services"
    key = ("svm.uuid",)

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            known(
                {
                    "svm": ref(svm),
                    "name": svm.cifs.name,
                    "enabled": svm.cifs.enabled,
                    "comment": svm.cifs.comment or None,
                    "auth-style": "workgroup" if svm.cifs.workgroup else "domain",
                    "workgroup": svm.cifs.workgroup,
                    "ad_domain": {"fqdn": svm.cifs.domain},
                    "default_unix_user": "pcuser",
                }
            )
            for svm in self.cluster.svms.values()
            if svm.cifs is not None
        ]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm = self.cluster.find_svm(given.take("svm.name"), given.take("svm.uuid"))
        self.cluster.world.consult(self.cluster.name, "cifs.create", svm.name)
        domain = given.take("ad_domain") or {}
        if domain and not (domain.get("user") and domain.get("password")):
            raise Refused(
                "655914",
                "Failed to create the Active Directory machine account: credentials are missing.",
                "ad_domain.user",
            )
        shares.start_service(
            svm,
            given.take("name"),
            domain=domain.get("fqdn"),
            workgroup=given.take("workgroup"),
            enabled=given.take("enabled", True),
            comment=given.take("comment", ""),
        )
        return Written({"svm.uuid": svm.uuid, "svm.name": svm.name})

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        svm = self.cluster.find_svm(uuid=record["svm"]["uuid"])
        self.cluster.world.consult(self.cluster.name, "cifs.modify", svm.name)
        given = Body(body)
        for name in ("enabled", "comment"):
            value = given.take(name)
            if value is not None:
                setattr(svm.cifs, name, value)
        if given.rest:
            raise Refused("3", f"Changing {min(given.rest)} is not simulated.", min(given.rest), status=405)
        return Written({"svm.uuid": svm.uuid})

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        svm = self.cluster.find_svm(uuid=record["svm"]["uuid"])
        self.cluster.world.consult(self.cluster.name, "cifs.delete", svm.name)
        if svm.cifs is not None and svm.cifs.domain and not params.get("force"):
            raise Refused("655525", "Credentials are needed to remove the machine account: give them, or force.")
        shares.stop_service(svm)
        return Written({"svm.uuid": svm.uuid})


class Shares(Resource):
    path = "/protocols/cifs/shares"
    key = ("svm.uuid", "name")

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [self._document(share) for svm in self.cluster.svms.values() for share in svm.shares.values()]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        given = Body(body)
        svm = self.cluster.find_svm(given.take("svm.name"), given.take("svm.uuid"))
        acls = given.take("acls")
        share = shares.create(
            svm,
            given.take("name"),
            given.take("path"),
            comment=given.take("comment", ""),
            acls=None if acls is None else [_ace(each) for each in acls],
            properties=given.rest,
        )
        return Written({"svm.uuid": svm.uuid, "svm.name": svm.name, "name": share.name})

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        share = shares.find(self.cluster, record["svm"]["uuid"], record["name"])
        shares.modify(share, dict(body))
        return Written({"svm.uuid": share.svm.uuid, "name": share.name})

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        share = shares.find(self.cluster, record["svm"]["uuid"], record["name"])
        shares.delete(share)
        return Written({"svm.uuid": share.svm.uuid, "name": share.name})

    def _document(self, share: Share) -> dict[str, Any]:
        volume = share.volume
        return known(
            {
                "svm": ref(share.svm),
                "name": share.name,
                "path": share.path,
                "comment": share.comment or None,
                "volume": ref(volume) if volume else None,
                "acls": [
                    {"user_or_group": ace.user_or_group, "permission": ace.permission, "type": ace.type}
                    for ace in share.acls
                ]
                or None,
                **share.properties,
            }
        )


class ShareAcls(Resource):
    path = "/protocols/cifs/shares/{svm.uuid}/{share}/acls"
    key = ("user_or_group", "type")

    def records(self, scope: Mapping[str, str], params: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return [
            {
                "svm": ref(share.svm),
                "share": share.name,
                "user_or_group": ace.user_or_group,
                "type": ace.type,
                "permission": ace.permission,
            }
            for share in self._shares(scope)
            for ace in share.acls
        ]

    def create(self, scope: Mapping[str, str], body: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        share = shares.find(self.cluster, scope["svm.uuid"], scope["share"])
        ace = _ace(body)
        shares.grant(share, ace)
        return Written(
            {"svm.uuid": share.svm.uuid, "share": share.name, "user_or_group": ace.user_or_group, "type": ace.type}
        )

    def modify(
        self, scope: Mapping[str, str], record: Mapping[str, Any], body: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Written:
        share = shares.find(self.cluster, record["svm"]["uuid"], record["share"])
        shares.change_grant(
            share, record["user_or_group"], record["type"], body.get("permission", record["permission"])
        )
        return self._written(record)

    def delete(self, scope: Mapping[str, str], record: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
        share = shares.find(self.cluster, record["svm"]["uuid"], record["share"])
        shares.revoke(share, record["user_or_group"], record["type"])
        return self._written(record)

    def _shares(self, scope: Mapping[str, str]) -> list[Share]:
        uuid, name = scope["svm.uuid"], scope["share"]
        if "*" not in (uuid, name):
            return [shares.find(self.cluster, uuid, name)]
        return [
            share
            for svm in self._svms(uuid)
            for share in svm.shares.values()
            if name == "*" or share.name.lower() == name.lower()
        ]

    def _svms(self, uuid: str) -> list[Svm]:
        return [svm for svm in self.cluster.svms.values() if uuid in ("*", svm.uuid)]

    @staticmethod
    def _written(record: Mapping[str, Any]) -> Written:
        return Written(
            {
                "svm.uuid": record["svm"]["uuid"],
                "share": record["share"],
                "user_or_group": record["user_or_group"],
                "type": record["type"],
            }
        )


def _ace(given: Mapping[str, Any]) -> Ace:
    return Ace(given["user_or_group"], given["permission"], given.get("type", "windows"))
