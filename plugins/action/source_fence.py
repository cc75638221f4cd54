# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of module C(source_fence): see backend."""

from __future__ import annotations

from ansible_collections.ontap.data_motion.plugins.action.backend import ActionModule

__all__ = ("ActionModule",)
