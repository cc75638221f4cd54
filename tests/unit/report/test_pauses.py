# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose pause it is, by the journal."""

from __future__ import annotations

from itertools import chain

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.report.pauses import paused_for_a_break
from tests.unit.report.stories import event

TARGET = "svm_lyon:vol1"


def line(verb, name="step_started", **more):
    return event(name, 0, "vol1", verb, **more).rstrip()


OUR_QUIESCE = [line("quiesce", shows="s7"), line("quiesce", "step_ended", status="done")]


@pytest.mark.parametrize(
    "journal, ours",
    [
        pytest.param([], False, id="no record"),
        pytest.param(OUR_QUIESCE, True, id="quiesced for a break"),
        pytest.param(OUR_QUIESCE[:1], True, id="killed before it was known to be paused"),
        pytest.param([*OUR_QUIESCE, line("break"), line("break", "step_ended", status="failed")], True, id="no break"),
        pytest.param([*OUR_QUIESCE, line("resume")], True, id="a resume that nobody saw end"),
        pytest.param([*OUR_QUIESCE, line("resume", "step_ended", status="done")], False, id="resumed since"),
        pytest.param([*OUR_QUIESCE, line("break", "step_ended", status="done")], False, id="broken since"),
        pytest.param([line("quiesce", shows="s6")], False, id="it has run since"),
        pytest.param([*OUR_QUIESCE, line("quiesce")], False, id="paused as somebody asked for"),
        pytest.param([line("quiesce"), *OUR_QUIESCE], True, id="paused as asked for, long ago"),
        pytest.param([*OUR_QUIESCE, '{"verb": "resume", "targ'], True, id="a torn line"),
        pytest.param([OUR_QUIESCE[0].replace("destination", "source")], False, id="at the other side"),
    ],
)
def test_a_pause_is_ours_only_where_the_journal_says_so(journal, ours):
    told = paused_for_a_break(reversed(journal), {TARGET: "s7", "svm_lyon:vol2": "s1"})
    assert told == ({TARGET} if ours else set())


def test_the_journal_is_read_no_further_back_than_needed():
    unread = iter(["older"])
    assert paused_for_a_break(chain(reversed(OUR_QUIESCE), unread), {TARGET: "s7"}) == {TARGET}
    assert next(unread) == "older"
