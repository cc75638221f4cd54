# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deduplication and compression of volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...model import volume_change
from ...model.jobs import Job
from ...model.volumes import Volume
from .. import errors
from ..errors import Failed
from ..iterators import Listing, Record
from ..reply import Handler, Reply, started
from ..scope import Scope
from ..wire import Call
from .volumes import no_flexgroup


def _efficiency(scope: Scope) -> Iterable[Record]:
    for volume in scope.volumes():
        if volume.has_efficiency:
            compression = volume.efficiency["compression"]
            yield {
                "path": f"/vol/{volume.name}",
                "vserver": volume.svm.name,
                "state": "Enabled",
                "status": "Idle",
                "is-compression-enabled": compression in ("background", "both"),
                "is-inline-compression-enabled": compression in ("inline", "both"),
                "policy": volume.efficiency_policy or "auto",
            }


def _by_path(scope: Scope, call: Call) -> Volume:
    return no_flexgroup(scope.volume(call.need("path").rpartition("/")[2]))


def _sis_enable(scope: Scope, call: Call) -> Reply:
    return Reply(job=_enabled(_by_path(scope, call)))


def _sis_enable_async(scope: Scope, call: Call) -> Reply:
    return Reply(started(_enabled(scope.volume(call.need("volume-name")))))


def _enabled(volume: Volume) -> Job:
    if volume.has_efficiency:
        raise Failed("40043", f"Failed to enable efficiency on volume {volume.path}: it is already enabled.")
    return volume_change.modify(volume, {"efficiency": {"dedupe": "background"}})


def _sis_config(scope: Scope, call: Call) -> Reply:
    return Reply(job=_configured(_by_path(scope, call), call))


def _sis_config_async(scope: Scope, call: Call) -> Reply:
    return Reply(started(_configured(scope.volume(call.need("volume-name")), call)))


def _configured(volume: Volume, call: Call) -> Job:
    if not volume.has_efficiency:
        raise Failed(errors.GENERIC, f"Efficiency is not enabled on volume {volume.path}.")
    now = volume.efficiency["compression"]
    back, inline = now in ("background", "both"), now in ("inline", "both")
    if call.text("enable-compression") is not None:
        back = call.flag("enable-compression")
    if call.text("enable-inline-compression") is not None:
        inline = call.flag("enable-inline-compression")
    word = {(True, True): "both", (True, False): "background", (False, True): "inline"}.get((back, inline), "none")
    return volume_change.modify(volume, {"efficiency": {"compression": word}})


LISTINGS: Mapping[str, Listing] = {"sis-get-iter": Listing(_efficiency, ("vserver", "path"))}
HANDLERS: Mapping[str, Handler] = {
    "sis-enable": _sis_enable,
    "sis-enable-async": _sis_enable_async,
    "sis-set-config": _sis_config,
    "sis-set-config-async": _sis_config_async,
}
