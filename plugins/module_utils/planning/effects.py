# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan leads to, computed in memory: the basis of diffs and predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..model.array import DP_DESTINATION
from ..model.mirror import Mirror, State, SvmPeer
from ..model.path import Path
from ..model.picture import Picture, Side
from ..model.plan import DESTINATION, SOURCE, Plan, Step, Verb
from ..model.policy import MirrorPolicy, RetentionRule
from ..model.presentation import Ace, ExportPolicy, LunMap, Share
from ..model.san import Lun
from ..model.snapshot import COMING, Snapshot
from ..model.volume import Volume, VolumeType
from .groups import members_of

VOLATILE = (
    "lag_s",
    "transfer_uuid",
    "transfer_end_time",
    "transferred_bytes",
    "used_bytes",
    "uuid",
    "exported_snapshot",
    "healthy",
)
"""Left out of diffs: they change by themselves, or nobody can know them before."""


def apply(picture: Picture, plan: Plan) -> Picture:
    """*picture* as it will be when every step of *plan* has succeeded."""
    for step in plan.steps():
        side = picture.side(step.side)
        picture = picture.with_side(step.side, EFFECTS[step.verb](side, step))
        if step.verb is Verb.PEER_ACCEPT:
            picture = _peered(picture)
        if step.verb is Verb.FAILOVER:
            picture = _turned(picture, step)
    return picture


def _peered(picture: Picture) -> Picture:
    """Accepted by one side, a peering stands on both."""
    here, there = picture.destination, picture.side("source")
    for name, side, other in (("destination", here, there), ("source", there, here)):
        peers = tuple(replace(one, state="peered") if one.peer_svm == other.svm else one for one in side.peers)
        picture = picture.with_side(name, replace(side, peers=peers))
    return picture


def _acted_on(side: Side, step: Step) -> list[str]:
    """The volumes at the step's target: one, or the destinations of a group."""
    path = Path.parse(step.target)
    return [path.volume] if path.is_volume else list(members_of(side, path).values())


def _turned(picture: Picture, step: Step) -> Picture:
    """The mirrors of a group leave for the other side, in the other direction."""
    served = picture.side(step.side)
    other_name = SOURCE if step.side == DESTINATION else DESTINATION
    mirrored, path = picture.side(other_name), Path.parse(step.target)
    parts = {name: one for name, one in served.mirrors.items() if one.group == path}
    new = {
        one.source.volume: replace(
            one,
            source=one.destination,
            destination=Path(mirrored.svm, one.source.volume),
            group=Path(mirrored.svm, one.group_source.volume if one.group_source else ""),
            group_source=one.group,
            uuid=None,
        )
        for one in parts.values()
    }
    types = ((served, list(parts), VolumeType.RW), (mirrored, list(new), VolumeType.DP))
    volumes = [
        {**side.volumes, **{name: replace(side.volumes[name], type=kind) for name in names if name in side.volumes}}
        for side, names, kind in types
    ]
    left = {name: one for name, one in served.mirrors.items() if name not in parts}
    picture = picture.with_side(step.side, replace(served, mirrors=left, volumes=volumes[0]))
    return picture.with_side(other_name, replace(mirrored, mirrors={**mirrored.mirrors, **new}, volumes=volumes[1]))


def _with_mirror(change: Callable[[Mirror, Mapping[str, Any]], Mirror]) -> Callable[[Side, Step], Side]:
    def effect(side: Side, step: Step) -> Side:
        found = {name: side.mirrors[name] for name in _acted_on(side, step) if name in side.mirrors}
        changed = {name: change(mirror, step.args) for name, mirror in found.items()}
        return replace(side, mirrors={**side.mirrors, **changed})

    return effect


def _with_volume(change: Callable[[Volume, Mapping[str, Any]], Volume]) -> Callable[[Side, Step], Side]:
    def effect(side: Side, step: Step) -> Side:
        found = {name: side.volumes[name] for name in _acted_on(side, step) if name in side.volumes}
        changed = {name: change(volume, step.args) for name, volume in found.items()}
        return replace(side, volumes={**side.volumes, **changed})

    return effect


def _grouped(side: Side, step: Step) -> Side:
    """A consistency group holds the volumes named."""
    name = Path.parse(step.target).group
    held = {one: replace(side.volumes[one], consistency_group=name) for one in step.args["volumes"]}
    return replace(side, volumes={**side.volumes, **held})


def _volume_created(side: Side, step: Step) -> Side:
    path = Path.parse(step.target)
    known = {name: value for name, value in step.args.items() if name not in ("source", "constituents_per_aggregate")}
    known["style"] = "flexgroup" if "constituents_per_aggregate" in step.args else "flexvol"
    known["aggregates"] = tuple(known["aggregates"])
    return side.with_volume(Volume(path.volume, path.svm, type=VolumeType.DP, state="online", **known))


def _volume_deleted(side: Side, step: Step) -> Side:
    gone = Path.parse(step.target).volume
    return replace(side, volumes={name: one for name, one in side.volumes.items() if name != gone})


def _cloned(side: Side, step: Step) -> Side:
    """Only what the clone does not have from its parent is known before."""
    path, args = Path.parse(step.target), step.args
    parent = side.volumes.get(args["parent"])
    clone = Volume(
        path.volume,
        path.svm,
        type=VolumeType.RW,
        state="online",
        size_bytes=parent.size_bytes if parent else None,
        aggregates=parent.aggregates if parent else (),
        junction_path=args["junction_path"],
        comment=args["comment"],
        is_clone=True,
        clone_parent=args["parent"],
        clone_parent_snapshot=args["snapshot"],
    )
    return side.with_volume(clone)


def _created(side: Side, step: Step) -> Side:
    """Onto a volume that takes writes, a mirror begins broken off."""
    args, path, source = step.args, Path.parse(step.target), Path.parse(step.args["source"])
    members = args.get("members") or {source.volume: path.volume}
    policy = (side.policies or {}).get(args.get("policy") or "")
    made = Mirror(
        source,
        path,
        policy=args.get("policy"),
        policy_type=policy.type if policy is not None else args.get("policy_type"),
        sync_type=policy.sync_type if policy is not None else args.get("sync_type"),
        schedule=args.get("schedule") or "",
        throttle_kbps=args.get("throttle_kbps") or 0,
        identity_preservation=args.get("identity_preservation"),
        group=None if path.is_volume else path,
        group_source=None if path.is_volume else source,
    )
    for theirs, ours in members.items():
        volume = side.volumes.get(ours)
        state = State.BROKEN_OFF if volume is not None and volume.type is VolumeType.RW else State.UNINITIALIZED
        side = side.with_mirror(
            replace(made, state=state, source=Path(source.svm, theirs), destination=Path(path.svm, ours))
        )
    return side


def _expanded(side: Side, step: Step) -> Side:
    """The new members are as the others are."""
    path = Path.parse(step.target)
    like = next((mirror for mirror in side.mirrors.values() if mirror.group == path), None)
    if like is None:
        return side
    ends = [(Path(like.source.svm, one), Path(path.svm, other)) for one, other in step.args["members"].items()]
    parts = {there.volume: replace(like, source=here, destination=there) for here, there in ends}
    return replace(side, mirrors={**side.mirrors, **parts})


def _deleted(side: Side, step: Step) -> Side:
    gone = set(_acted_on(side, step))
    return replace(side, mirrors={name: one for name, one in side.mirrors.items() if name not in gone})


def _copied(mirror: Mirror, args: Mapping[str, Any]) -> Mirror:
    """After initialize or resync; one that is not awaited is still transferring."""
    if not args.get("wait", True):
        return replace(mirror, transfer_state="transferring")
    synchronous = mirror.synchronous or args.get("synchronous")
    return replace(mirror, state=State.IN_SYNC if synchronous else State.SNAPMIRRORED, transfer_state="success")


def _quiesced(mirror: Mirror, args: Mapping[str, Any]) -> Mirror:
    return replace(_arrived(mirror), state=State.PAUSED)


def _updated(mirror: Mirror, args: Mapping[str, Any]) -> Mirror:
    if not args.get("wait"):
        return replace(mirror, transfer_state="transferring")
    return replace(mirror, transfer_state="success", exported_snapshot=COMING)


def _arrived(mirror: Mirror) -> Mirror:
    return replace(mirror, transfer_state="success") if mirror.transferring else mirror


def _idle(mirror: Mirror, args: Mapping[str, Any]) -> Mirror:
    """What was transferring has arrived."""
    if args.get("initialized"):
        return _copied(mirror, args)
    return _arrived(mirror)


def _svm(**change: str) -> Callable[[Side, Step], Side]:
    def effect(side: Side, step: Step) -> Side:
        return side if side.whole is None else replace(side, whole=replace(side.whole, **change))

    return effect


def _resynced(side: Side, step: Step) -> Side:
    if not Path.parse(step.target).volume:
        side = _svm(subtype=DP_DESTINATION)(side, step)
    side = _with_mirror(_copied)(side, step)
    return _with_volume(lambda volume, _: replace(volume, type=VolumeType.DP))(side, step)


def _broken(side: Side, step: Step) -> Side:
    if not Path.parse(step.target).volume:
        side = _svm(subtype="default")(side, step)
    side = _with_mirror(lambda mirror, args: replace(_arrived(mirror), state=State.BROKEN_OFF))(side, step)
    return _with_volume(lambda volume, _: replace(volume, type=VolumeType.RW))(side, step)


def _released(side: Side, step: Step) -> Side:
    return replace(side, records=tuple(record for record in side.records if record.uuid != step.args.get("uuid")))


def _peer_created(side: Side, step: Step) -> Side:
    args = step.args
    peer = SvmPeer(
        args.get("local_name") or args["peer_svm"],
        side.svm,
        args["peer_svm"],
        args.get("peer_cluster"),
        "peered",
        tuple(args["applications"]),
    )
    return replace(side, peers=(*side.peers, peer))


def _with_peer(change: Callable[[SvmPeer, Mapping[str, Any]], SvmPeer]) -> Callable[[Side, Step], Side]:
    def effect(side: Side, step: Step) -> Side:
        def one(peer: SvmPeer) -> SvmPeer:
            return change(peer, step.args) if peer.peer_svm == step.args.get("peer_svm") else peer

        return replace(side, peers=tuple(one(peer) for peer in side.peers))

    return effect


def _snapshot_created(side: Side, step: Step) -> Side:
    volume = Path.parse(step.target).volume
    made = Snapshot(step.args["name"], volume, comment=step.args.get("comment") or "", predicted=True)
    held = (side.snapshots or {}).get(volume, ())
    return replace(side, snapshots={**(side.snapshots or {}), volume: (*held, made)})


def _snapshot_deleted(side: Side, step: Step) -> Side:
    volume = Path.parse(step.target).volume
    kept = tuple(one for one in (side.snapshots or {}).get(volume, ()) if one.name != step.args["name"])
    return replace(side, snapshots={**(side.snapshots or {}), volume: kept})


def _with_lun(change: Callable[[Lun], Lun]) -> Callable[[Side, Step], Side]:
    def effect(side: Side, step: Step) -> Side:
        luns = tuple(change(lun) if lun.path == step.args["lun"] else lun for lun in side.luns or ())
        return replace(side, luns=luns)

    return effect


def _mapped(side: Side, step: Step) -> Side:
    made = LunMap(step.args["lun"], step.args["igroup"], step.args["logical_unit_number"])
    return replace(side, lun_maps=(*(side.lun_maps or ()), made))


def _declared(side: Side, step: Step) -> Side:
    name, policies = step.args["name"], side.mirror_policies or {}
    told = {**(step.args.get("declared") or step.args["changes"])}
    if "retention" in told:
        told["retention"] = tuple(RetentionRule(**rule) for rule in told["retention"])
    policy = replace(policies.get(name) or MirrorPolicy(name, side.svm), **told)
    return replace(side, mirror_policies={**policies, name: policy})


def _unmapped(side: Side, step: Step) -> Side:
    gone = (step.args["lun"], step.args["igroup"])
    return replace(side, lun_maps=tuple(one for one in side.lun_maps or () if (one.lun, one.igroup) != gone))


def _export_policy_created(side: Side, step: Step) -> Side:
    made = ExportPolicy(step.args["name"], tuple(step.args["rules"]))
    return replace(side, export_policies={**(side.export_policies or {}), made.name: made})


def _share_created(side: Side, step: Step) -> Side:
    made = Share.from_dict(step.args)
    return replace(side, shares={**(side.shares or {}), made.name: made})


def _with_share(change: Callable[[Share, Mapping[str, Any]], Share]) -> Callable[[Side, Step], Side]:
    def effect(side: Side, step: Step) -> Side:
        wanted = step.args["name"].lower()
        shares = {
            name: change(share, step.args) if name.lower() == wanted else share
            for name, share in (side.shares or {}).items()
        }
        return replace(side, shares=shares)

    return effect


def _share_modified(share: Share, args: Mapping[str, Any]) -> Share:
    properties = {name: value for name, value in args["changes"].items() if name != "comment"}
    comment = args["changes"].get("comment", share.comment)
    return replace(share, comment=comment, properties={**share.properties, **properties})


def _without_entry(share: Share, args: Mapping[str, Any]) -> Share:
    gone = Ace.from_dict(args["ace"])
    return replace(share, acls=tuple(ace for ace in share.acls if ace.who != gone.who))


def _with_entry(share: Share, args: Mapping[str, Any]) -> Share:
    return replace(share, acls=(*_without_entry(share, args).acls, Ace.from_dict(args["ace"])))


EFFECTS: Mapping[Verb, Callable[[Side, Step], Side]] = {
    Verb.PEER_CREATE: _peer_created,
    Verb.PEER_MODIFY: _with_peer(lambda peer, args: replace(peer, applications=tuple(args["applications"]))),
    Verb.PEER_ACCEPT: lambda side, step: side,
    Verb.VOLUME_CREATE: _volume_created,
    Verb.VOLUME_GROW: _with_volume(lambda volume, args: replace(volume, size_bytes=args["size_bytes"])),
    Verb.VOLUME_COMMENT: _with_volume(lambda volume, args: replace(volume, comment=args["comment"])),
    Verb.VOLUME_MODIFY: _with_volume(lambda volume, args: replace(volume, **args["changes"])),
    Verb.VOLUME_DELETE: _volume_deleted,
    Verb.CLONE_CREATE: _cloned,
    Verb.CLONE_SPLIT: _with_volume(
        lambda volume, args: replace(volume, is_clone=False, clone_parent=None, clone_parent_snapshot=None)
    ),
    Verb.CLONE_DELETE: _volume_deleted,
    Verb.SNAPSHOT_CREATE: _snapshot_created,
    Verb.SNAPSHOT_DELETE: _snapshot_deleted,
    Verb.LUN_OFFLINE: _with_lun(lambda lun: replace(lun, enabled=False)),
    Verb.LUN_ONLINE: _with_lun(lambda lun: replace(lun, enabled=True)),
    Verb.LUN_MAP: _mapped,
    Verb.LUN_UNMAP: _unmapped,
    Verb.POLICY_CREATE: _declared,
    Verb.POLICY_MODIFY: _declared,
    Verb.EXPORT_POLICY_CREATE: _export_policy_created,
    Verb.SHARE_CREATE: _share_created,
    Verb.SHARE_MODIFY: _with_share(_share_modified),
    Verb.SHARE_ACL_SET: _with_share(_with_entry),
    Verb.SHARE_ACL_DELETE: _with_share(_without_entry),
    Verb.MOUNT: _with_volume(lambda volume, args: replace(volume, junction_path=args["junction_path"])),
    Verb.UNMOUNT: _with_volume(lambda volume, args: replace(volume, junction_path=None)),
    Verb.GROUP_CREATE: _grouped,
    Verb.GROUP_ADD: _grouped,
    Verb.CREATE: _created,
    Verb.EXPAND: _expanded,
    Verb.FAILOVER: lambda side, step: side,
    Verb.MODIFY: _with_mirror(lambda mirror, args: replace(mirror, **args["changes"])),
    Verb.INITIALIZE: _with_mirror(_copied),
    Verb.AWAIT_IDLE: _with_mirror(_idle),
    Verb.UPDATE: _with_mirror(_updated),
    Verb.QUIESCE: _with_mirror(_quiesced),
    Verb.RESUME: _with_mirror(
        lambda mirror, args: replace(mirror, state=State.IN_SYNC if mirror.synchronous else State.SNAPMIRRORED)
    ),
    Verb.ABORT: _with_mirror(lambda mirror, args: replace(mirror, transfer_state="aborted")),
    Verb.BREAK: _broken,
    Verb.RESYNC: _resynced,
    Verb.DELETE: _deleted,
    Verb.RELEASE: _released,
    Verb.SVM_STOP: _svm(state="stopped"),
    Verb.SVM_START: _svm(state="running"),
}


def _records(side: Side | None) -> dict[str, dict[str, Any]]:
    """{"kind name": record} of everything a plan can change on one side."""
    if side is None:
        return {}
    found = {f"volume {side.svm}:{name}": volume.as_dict() for name, volume in side.volumes.items()}
    found.update({f"mirror {side.svm}:{name}": mirror.as_dict() for name, mirror in side.mirrors.items()})
    for name, snapshots in (side.snapshots or {}).items():
        found.update({f"snapshot {side.svm}:{name}@{one.name}": {"comment": one.comment} for one in snapshots})
    found.update({f"lun {side.svm}:{lun.path}": lun.as_dict() for lun in side.luns or ()})
    found.update(
        {
            f"lun map {side.svm}:{one.lun}-{one.igroup}": {"logical_unit_number": one.number}
            for one in side.lun_maps or ()
        }
    )
    found.update({f"share {side.svm}:{name}": share.as_dict() for name, share in (side.shares or {}).items()})
    found.update(
        {f"export policy {side.svm}:{name}": one.as_dict() for name, one in (side.export_policies or {}).items()}
    )
    found.update(
        {f"snapmirror policy {side.svm}:{name}": one.as_dict() for name, one in (side.mirror_policies or {}).items()}
    )
    if side.whole is not None:
        found[f"svm {side.svm}"] = {**side.whole.as_dict(), "uuid": ""}
    found.update({f"svm peer {side.svm}-{peer.peer_svm}": peer.as_dict() for peer in side.peers})
    found.update(
        {f"source record {record.source}-{record.destination}": {"uuid": record.uuid} for record in side.records}
    )
    return found


def difference(before: Picture, after: Picture) -> dict[str, dict[str, Any]]:
    """`{"before": {...}, "after": {...}}` with only the records and properties that change."""
    shown: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    for old_side, new_side in ((before.source, after.source), (before.destination, after.destination)):
        if old_side is new_side:
            continue
        old, new = _records(old_side), _records(new_side)
        for name in sorted({*old, *new}):
            gone, come = old.get(name, {}), new.get(name, {})
            changed = [
                field
                for field in sorted({*gone, *come})
                if gone.get(field) != come.get(field) and field not in VOLATILE
            ]
            if changed or (name in old) != (name in new):
                shown["before"][name] = {field: gone.get(field) for field in changed} if name in old else None
                shown["after"][name] = {field: come.get(field) for field in changed} if name in new else None
    return shown
