# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan leads to, computed in memory: the basis of diffs and predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ..model.array import DP_DESTINATION
from ..model.mirror import Mirror, State, SvmPeer
from ..model.path import Path
from ..model.picture import Picture
from ..model.plan import DESTINATION, SOURCE, Plan, Step, Verb
from ..model.policy import MirrorPolicy, RetentionRule
from ..model.presentation import Ace, ExportPolicy, LunMap, Share
from ..model.snapshot import COMING, Snapshot
from ..model.volume import Volume, VolumeType
from .draft import Draft

Record = TypeVar("Record")
Effect = Callable[[Draft, Step], None]
"""Changes the side that gets the request."""


def apply(picture: Picture, plan: Plan) -> Picture:
    """*picture* as it will be when every step of *plan* has succeeded."""
    drafts: dict[str, Draft] = {}

    def draft(name: str) -> Draft:
        if name not in drafts:
            drafts[name] = Draft(picture.side(name))
        return drafts[name]

    for step in plan.steps():
        if step.verb in BOTH_SIDES:
            other = SOURCE if step.side == DESTINATION else DESTINATION
            BOTH_SIDES[step.verb](draft(step.side), draft(other), step)
        else:
            EFFECTS[step.verb](draft(step.side), step)
    for name, changed in drafts.items():
        picture = picture.with_side(name, changed.side())
    return picture


def _peered(here: Draft, there: Draft, step: Step) -> None:
    """Accepted by one side, a peering stands on both."""
    for draft, other in ((here, there), (there, here)):
        peers = draft.table("peers")
        _change(peers, [key for key in peers if key[1] == other.svm], lambda peer: replace(peer, state="peered"))


def _acted_on(draft: Draft, step: Step) -> Sequence[str]:
    """The volumes at the step's target: one, or the destinations of a group."""
    path = Path.parse(step.target)
    return [path.volume] if path.is_volume else draft.members(path)


def _turned(served: Draft, mirrored: Draft, step: Step) -> None:
    """The mirrors of a group leave for the other side, in the other direction."""
    for name in served.members(Path.parse(step.target)):
        one = served.drop_mirror(name)
        turned = replace(
            one,
            source=one.destination,
            destination=Path(mirrored.svm, one.source.volume),
            group=Path(mirrored.svm, one.group_source.volume if one.group_source else ""),
            group_source=one.group,
            uuid=None,
        )
        mirrored.put_mirror(turned)
        _change(served.table("volumes"), [name], lambda volume: replace(volume, type=VolumeType.RW))
        _change(mirrored.table("volumes"), [one.source.volume], lambda volume: replace(volume, type=VolumeType.DP))


def _change(table: dict[Any, Record], keys: Iterable[Any], change: Callable[[Record], Record]) -> None:
    for key in keys:
        if key in table:
            table[key] = change(table[key])


def _with_mirror(change: Callable[[Mirror, Mapping[str, Any]], Mirror]) -> Effect:
    def effect(draft: Draft, step: Step) -> None:
        _change(draft.table("mirrors"), _acted_on(draft, step), lambda mirror: change(mirror, step.args))

    return effect


def _with_volume(change: Callable[[Volume, Mapping[str, Any]], Volume]) -> Effect:
    def effect(draft: Draft, step: Step) -> None:
        _change(draft.table("volumes"), _acted_on(draft, step), lambda volume: change(volume, step.args))

    return effect


def _grouped(draft: Draft, step: Step) -> None:
    """A consistency group holds the volumes named."""
    name = Path.parse(step.target).group
    _change(draft.table("volumes"), step.args["volumes"], lambda volume: replace(volume, consistency_group=name))


def _volume_created(draft: Draft, step: Step) -> None:
    path = Path.parse(step.target)
    known = {name: value for name, value in step.args.items() if name not in ("source", "constituents_per_aggregate")}
    known["style"] = "flexgroup" if "constituents_per_aggregate" in step.args else "flexvol"
    known["aggregates"] = tuple(known["aggregates"])
    draft.table("volumes")[path.volume] = Volume(path.volume, path.svm, type=VolumeType.DP, state="online", **known)


def _volume_deleted(draft: Draft, step: Step) -> None:
    draft.table("volumes").pop(Path.parse(step.target).volume, None)


def _cloned(draft: Draft, step: Step) -> None:
    """Only what the clone does not have from its parent is known before."""
    path, args, volumes = Path.parse(step.target), step.args, draft.table("volumes")
    parent = volumes.get(args["parent"])
    volumes[path.volume] = Volume(
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


def _created(draft: Draft, step: Step) -> None:
    """Onto a volume that takes writes, a mirror begins broken off."""
    args, path, source = step.args, Path.parse(step.target), Path.parse(step.args["source"])
    members = args.get("members") or {source.volume: path.volume}
    policy = (draft.before.policies or {}).get(args.get("policy") or "")
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
        volume = draft.table("volumes").get(ours)
        state = State.BROKEN_OFF if volume is not None and volume.type is VolumeType.RW else State.UNINITIALIZED
        here, there = Path(source.svm, theirs), Path(path.svm, ours)
        draft.put_mirror(replace(made, state=state, source=here, destination=there))


def _expanded(draft: Draft, step: Step) -> None:
    """The new members are as the others are."""
    path = Path.parse(step.target)
    for like in [draft.table("mirrors")[name] for name in draft.members(path)[:1]]:
        for here, there in step.args["members"].items():
            draft.put_mirror(replace(like, source=Path(like.source.svm, here), destination=Path(path.svm, there)))


def _deleted(draft: Draft, step: Step) -> None:
    for name in _acted_on(draft, step):
        if name in draft.table("mirrors"):
            draft.drop_mirror(name)


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


def _svm(**change: str) -> Effect:
    def effect(draft: Draft, step: Step) -> None:
        if draft.whole is not None:
            draft.whole = replace(draft.whole, **change)

    return effect


def _resynced(draft: Draft, step: Step) -> None:
    if not Path.parse(step.target).volume:
        _svm(subtype=DP_DESTINATION)(draft, step)
    _with_mirror(_copied)(draft, step)
    _with_volume(lambda volume, _: replace(volume, type=VolumeType.DP))(draft, step)


def _broken(draft: Draft, step: Step) -> None:
    if not Path.parse(step.target).volume:
        _svm(subtype="default")(draft, step)
    _with_mirror(lambda mirror, args: replace(_arrived(mirror), state=State.BROKEN_OFF))(draft, step)
    _with_volume(lambda volume, _: replace(volume, type=VolumeType.RW))(draft, step)


def _released(draft: Draft, step: Step) -> None:
    draft.table("records").pop(step.args.get("uuid"), None)


def _peer_created(draft: Draft, step: Step) -> None:
    args = step.args
    name = args.get("local_name") or args["peer_svm"]
    draft.table("peers")[name, args["peer_svm"]] = SvmPeer(
        name, draft.svm, args["peer_svm"], args.get("peer_cluster"), "peered", tuple(args["applications"])
    )


def _peer_modified(draft: Draft, step: Step) -> None:
    peers = draft.table("peers")
    asked = [key for key in peers if key[1] == step.args.get("peer_svm")]
    _change(peers, asked, lambda peer: replace(peer, applications=tuple(step.args["applications"])))


def _snapshot_created(draft: Draft, step: Step) -> None:
    volume, snapshots = Path.parse(step.target).volume, draft.table("snapshots")
    made = Snapshot(step.args["name"], volume, comment=step.args.get("comment") or "", predicted=True)
    snapshots[volume] = (*snapshots.get(volume, ()), made)


def _snapshot_deleted(draft: Draft, step: Step) -> None:
    volume, snapshots = Path.parse(step.target).volume, draft.table("snapshots")
    snapshots[volume] = tuple(one for one in snapshots.get(volume, ()) if one.name != step.args["name"])


def _with_lun(**change: Any) -> Effect:
    def effect(draft: Draft, step: Step) -> None:
        _change(draft.table("luns"), [step.args["lun"]], lambda lun: replace(lun, **change))

    return effect


def _mapped(draft: Draft, step: Step) -> None:
    made = LunMap(step.args["lun"], step.args["igroup"], step.args["logical_unit_number"])
    draft.table("lun_maps")[(made.lun, made.igroup)] = made


def _unmapped(draft: Draft, step: Step) -> None:
    draft.table("lun_maps").pop((step.args["lun"], step.args["igroup"]), None)


def _declared(draft: Draft, step: Step) -> None:
    name, policies = step.args["name"], draft.table("mirror_policies")
    told = {**(step.args.get("declared") or step.args["changes"])}
    if "retention" in told:
        told["retention"] = tuple(RetentionRule(**rule) for rule in told["retention"])
    policies[name] = replace(policies.get(name) or MirrorPolicy(name, draft.svm), **told)


def _export_policy_created(draft: Draft, step: Step) -> None:
    name = step.args["name"]
    draft.table("export_policies")[name] = ExportPolicy(name, tuple(step.args["rules"]))


def _share_created(draft: Draft, step: Step) -> None:
    made = Share.from_dict(step.args)
    draft.table("shares")[made.name] = made


def _with_share(change: Callable[[Share, Mapping[str, Any]], Share]) -> Effect:
    def effect(draft: Draft, step: Step) -> None:
        shares, name = draft.table("shares"), step.args["name"]
        known = [name] if name in shares else [one for one in shares if one.lower() == name.lower()]
        _change(shares, known, lambda share: change(share, step.args))

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


EFFECTS: Mapping[Verb, Effect] = {
    Verb.PEER_CREATE: _peer_created,
    Verb.PEER_MODIFY: _peer_modified,
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
    Verb.LUN_OFFLINE: _with_lun(enabled=False),
    Verb.LUN_ONLINE: _with_lun(enabled=True),
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
BOTH_SIDES: Mapping[Verb, Callable[[Draft, Draft, Step], None]] = {Verb.PEER_ACCEPT: _peered, Verb.FAILOVER: _turned}
"""Effects on the side that gets the request, and on the other one."""
