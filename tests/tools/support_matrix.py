# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/support-matrix.md from the tests that prove it: python -m tests.tools.support_matrix

A row names its proof for each protocol: a test that is there and that runs over that protocol. A protocol without a
proof is not supported, and where a test proves that it is refused, the page says so.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "support-matrix.md"
GATEWAYS = ROOT / "plugins" / "module_utils" / "gateway"
PROTOCOLS = ("rest", "zapi")

CONFORMANCE = "tests/conformance/test_gateways.py"
BEHAVIOUR = "tests/unit/behaviour"
PLAYBOOKS = "tests/integration_sim"
WORDLESS = f"{BEHAVIOUR}/test_refused_over_zapi.py"
OVER_ZAPI = f"{PLAYBOOKS}/test_zapi.py"


@dataclass(frozen=True)
class Row:
    """rest, zapi: the test that proves it, "refused: TEST" where it proves a refusal; "" is not supported.

    note: a bound that the reader must know.
    """

    feature: str
    rest: str
    zapi: str
    note: str = ""


def both(feature: str, test: str, note: str = "") -> Row:
    return Row(feature, test, test, note)


ROWS = (
    both("Mirror target volumes (FlexVol): create, grow", f"{BEHAVIOUR}/test_protection.py::test_targets_match_their_sources"),
    both("Their efficiency", f"{CONFORMANCE}::test_a_target_volume_is_made_as_its_spec_says",
         "over ZAPI inline deduplication, compaction and cross-volume deduplication are not told"),
    both("FlexGroups", f"{BEHAVIOUR}/test_flexgroups.py::test_a_group_is_failed_over_and_comes_home"),
    both("Asynchronous policies as declared: comment, retention, what is copied",
         f"{BEHAVIOUR}/test_policies.py::test_a_policy_is_made_on_both_sides_and_mirrors_can_have_it"),
    Row("Transfer schedule and throttle of a policy, prefix and schedule of its rules, synchronous ones", f"{BEHAVIOUR}/test_policies.py",
        f"refused: {BEHAVIOUR}/test_policies.py::test_what_has_no_word_over_zapi_is_refused_by_name_before_anything_is_made"),
    both("Asynchronous mirrors: create, initialize, drift", f"{BEHAVIOUR}/test_protection.py::test_mirrors_are_created_and_initialized"),
    Row("Schedule and throttle of a relationship", f"{BEHAVIOUR}/test_protection.py::test_what_is_given_is_converged",
        f"{BEHAVIOUR}/test_protection.py::test_what_is_given_is_converged", "REST from 9.11.1, ZAPI on every release"),
    Row("Taking a schedule away", f"{BEHAVIOUR}/test_protection.py::test_what_is_given_is_converged",
        f"refused: {WORDLESS}::test_taking_a_schedule_away"),
    Row("Synchronous policies (Sync, StrictSync), the whole life",
        f"{BEHAVIOUR}/test_synchronous.py::test_there_and_back_without_loss_and_without_any_acceptance",
        f"refused: {WORDLESS}::test_a_synchronous_policy"),
    both("Update, quiesce, abort, resume, break, resync, delete, release", f"{CONFORMANCE}::test_a_mirror_lives_through_every_verb"),
    both("Break to an older snapshot", f"{CONFORMANCE}::test_a_break_to_an_older_snapshot"),
    both("Reverse, behind the direction guard", f"{BEHAVIOUR}/test_reverse.py::test_a_loss_is_measured_quoted_and_accepted_by_name"),
    both("Fence with unmounting and LUNs offline", f"{BEHAVIOUR}/test_fence.py"),
    both("LUN maps and LUN states", f"{CONFORMANCE}::test_luns_are_fenced_mapped_and_unmapped"),
    both("Presentation of a backend without SMB: exports, LUN maps, policies, efficiency",
         f"{BEHAVIOUR}/test_served_without_smb.py::test_hosts_find_at_the_target_what_they_had_at_home"),
    both("Presentation: export policies made where they are missing", f"{CONFORMANCE}::test_an_export_policy_is_made_with_its_rules_in_their_order"),
    both("Presentation: SMB shares", f"{BEHAVIOUR}/test_presentation.py",
         "over ZAPI encryption, symlinks, umasks and what newer releases know are not told, entries in ACLs are those of Windows"),
    both("FlexClones and rehearsals", f"{BEHAVIOUR}/test_clones.py::test_clones_of_mirrors_hold_their_snapshot_and_are_mounted_apart",
         "over ZAPI, and over REST before 9.12.1, deleted clones hold their parent's snapshot until they leave the recovery queue"),
    both("FlexClones in another SVM of the cluster", f"{BEHAVIOUR}/test_clones.py::test_clones_in_another_svm_of_the_cluster_are_of_the_same_mirrors"),
    Row("SVM peering", f"{CONFORMANCE}::test_both_protocols_read_the_same",
        f"{CONFORMANCE}::test_a_peering_is_asked_for_accepted_and_changed"),
    both("Locks of runs", f"{CONFORMANCE}::test_a_lock_is_made_once_whatever_the_protocol"),
    Row("replicate, status, update", f"{PLAYBOOKS}/test_protection.py",
        f"{OVER_ZAPI}::test_replicate_is_foretold_done_once_and_seen_to_be_done"),
    Row("readiness", f"{PLAYBOOKS}/test_readiness.py", f"{OVER_ZAPI}::test_status_readiness_and_update_say_that_all_is_well"),
    Row("failover", f"{PLAYBOOKS}/test_failover.py",
        f"{OVER_ZAPI}::test_a_planned_failover_loses_nothing_and_serves_at_the_same_places"),
    Row("failback", f"{PLAYBOOKS}/test_failback.py",
        f"{OVER_ZAPI}::test_a_failback_brings_home_what_was_written_at_the_target"),
    Row("rehearse", f"{PLAYBOOKS}/test_rehearsal.py", f"{OVER_ZAPI}::test_a_rehearsal_leaves_the_mirrors_as_they_are"),
    Row("retire", f"{PLAYBOOKS}/test_protection.py", f"{OVER_ZAPI}::test_retire_lets_the_mirrors_go"),
    Row("Consistency groups: made, mirrored, expanded, there and back", f"{BEHAVIOUR}/test_groups.py", f"refused: {WORDLESS}::test_a_consistency_group"),
    Row("The same by playbooks (consistency groups)", f"{PLAYBOOKS}/test_groups.py", f"refused: {WORDLESS}::test_a_consistency_group"),
    Row("SnapMirror active sync: checks, failover by its call, what took over by itself", f"{BEHAVIOUR}/test_active_sync.py",
        f"refused: {WORDLESS}::test_a_synchronous_policy"),
    Row("Volumes that join a group under active sync", f"{BEHAVIOUR}/test_active_sync.py::test_a_volume_joins_with_a_baseline_of_its_own_in_one_run",
        f"refused: {WORDLESS}::test_a_synchronous_policy"),
    Row("The same by playbooks (active sync)", f"{PLAYBOOKS}/test_active_sync.py",
        f"refused: {WORDLESS}::test_a_synchronous_policy"),
    Row("Whole SVMs (SVM-DR): made, failed over, there and back", f"{BEHAVIOUR}/test_svm_dr.py::test_there_and_back_without_loss",
        f"refused: {WORDLESS}::test_a_whole_svm",
        "from ONTAP 9.11.1 on"),
    Row("Whole SVMs: rehearsed in another SVM of the target's cluster",
        f"{PLAYBOOKS}/test_svm_dr.py::test_a_copy_is_rehearsed_in_another_svm_which_a_refusal_asks_for", f"refused: {WORDLESS}::test_a_whole_svm"),
    Row("The same by playbooks (whole SVMs)", f"{PLAYBOOKS}/test_svm_dr.py::test_there_and_back_loses_nothing",
        f"refused: {WORDLESS}::test_a_whole_svm"),
)  # fmt: skip

RELEASES = (
    ("9.5 and older", "no REST API", "tests/unit/simulator/test_releases.py::test_before_9_6_there_is_no_rest_api_but_ontapi"),
    ("9.5 over ZAPI with 9.8 over REST", "protected, failed over, brought home",
     f"{BEHAVIOUR}/test_mixed_releases.py::test_an_old_source_is_protected_failed_over_and_brought_home"),
    ("pairs that SnapMirror does not support together", "refused by the array, both releases named",
     f"{BEHAVIOUR}/test_mixed_releases.py::test_releases_that_do_not_mirror_to_each_other_are_refused_by_the_array_and_named"),
    ("9.10.1 and 9.17.1 over REST", "each verb", "tests/unit/gateway/test_rest_array_on_simulator.py"),
)  # fmt: skip


def page() -> str:
    lines = "".join(
        f"| {row.feature} | {cell(row.rest, 'rest')} | {cell(row.zapi, 'zapi')} | {row.note} |\n" for row in ROWS
    )
    releases = "".join(f"| {name} | {what} | {linked(proof(test))} |\n" for name, what, test in RELEASES)
    return (
        "# Support matrix\n\n"
        "What this release can do over which protocol (`use_rest`), as far as a test proves it. No ONTAP was at hand: the tests run\n"
        "against the simulator, which is held to ONTAP's published API.\n\n"
        "| Feature | REST | ZAPI | Note |\n| --- | --- | --- | --- |\n" + lines + "\n"
        "What stands as *refused* fails with a message that names it, before anything of it was done.\n\n"
        "## Releases\n\n| ONTAP | what | proof |\n| --- | --- | --- |\n" + releases + "\n"
        "## ONTAPI calls\n\n"
        "A login for ZAPI needs the application `ontapi` and these calls:\n\n"
        + "".join(f"- `{name}`\n" for name in sorted(ontapi_calls()))
        + "\nThis page is made by tests/tools/support_matrix.py.\n"
    )


def cell(test: str, protocol: str) -> str:
    if not test:
        return "no"
    word = "refused" if test.startswith("refused: ") else "yes"
    found = proof(test.removeprefix("refused: "))
    if word == "yes" and protocol not in found.protocols:
        raise LookupError(f"{test} does not run over {protocol}")
    return f"[{word}]({link(found)})"


@dataclass(frozen=True)
class Proof:
    """file: below the root. line: of the test, None for a whole file. protocols: over which it runs."""

    file: str
    line: int | None
    protocols: frozenset[str]


def proof(test: str) -> Proof:
    """Raises LookupError where there is no such test."""
    file, _colons, name = test.partition("::")
    if not (ROOT / file).is_file():
        raise LookupError(f"{file} is not there")
    tree = parsed(file)
    tests = {
        node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    if not tests or (name and name not in tests):
        raise LookupError(f"{test} is not there")
    return Proof(file, tests[name].lineno if name else None, spoken(file, tree))


def spoken(file: str, tree: ast.Module) -> frozenset[str]:
    """A file names its protocols, or it is about one of them, or it speaks what is usual."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PROTOCOLS":
            return frozenset(ast.literal_eval(node.value))
    return frozenset({"zapi"} if "zapi" in Path(file).name else {"rest"})


@cache
def parsed(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def link(found: Proof) -> str:
    return f"../{found.file}"


def linked(found: Proof) -> str:
    return f"[{Path(found.file).name}]({link(found)})"


def ontapi_calls() -> set[str]:
    """Those that the gateway sends, each a published one."""
    published = json.loads((ROOT / "tests" / "contract" / "zapi.json").read_text(encoding="utf-8"))["apis"]
    words = {
        node.value
        for file in GATEWAYS.glob("zapi_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[a-z-]+", node.value)
    }
    return {word for word in words if word in published}


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
