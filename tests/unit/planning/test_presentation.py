# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Junction paths and what a comment remembers of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.presentation import (
    COMMENT_LIMIT,
    MARK,
    Mounts,
    comment_for,
    depth,
    facts_in,
    foreign_part,
    junction_for,
    parents_in,
)
from tests.unit.planning.pictures import source_volume, target_volume

NESTED = source_volume("v1", junction_path="/a/v1", export_policy="hosts")
MANIFEST = {"volumes": {"v1": {"junction_path": "/manifest"}}}
COMMENTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([MARK, "{", "}", '{"volume":"x"}', "1", " ", "ticket 42", comment_for(NESTED)])).map(
        "".join
    ),
)


@pytest.mark.parametrize(
    "options, manifest, comment, path, basis",
    [
        pytest.param({"v1": "/option"}, MANIFEST, True, "/option", "option", id="the option is first"),
        pytest.param({}, MANIFEST, True, "/manifest", "manifest", id="then the manifest"),
        pytest.param({}, {}, True, "/a/v1", "comment", id="then the comment"),
        pytest.param({}, {"volumes": {}}, False, "/v1", "assumed", id="else it is assumed"),
        pytest.param({"v1": ""}, MANIFEST, True, "", "option", id="asked not to mount"),
        pytest.param({"v1": None}, MANIFEST, True, "", "option", id="asked not to mount, by null"),
        pytest.param(
            {}, {"volumes": {"v1": {"junction_path": ""}}}, True, "", "manifest", id="not mounted at its source"
        ),
        pytest.param({}, {"volumes": {"v1": {}}}, True, "/a/v1", "comment", id="a manifest that does not tell"),
        pytest.param({"v1": "/a/b/"}, {}, True, "/a/b", "option", id="a slash too many"),
    ],
)
def test_the_order_in_which_a_junction_is_known(options, manifest, comment, path, basis):
    target = target_volume("v1", of=NESTED) if comment else target_volume("v1", comment="")
    junction = junction_for("v1", target, options, manifest)
    assert (junction.path, junction.basis, junction.assumed) == (path, basis, basis == "assumed")


@pytest.mark.parametrize("path", ["v1", "a/b", "/"])
def test_an_option_that_is_no_junction_path_is_told(path):
    with pytest.raises(BadInput, match="junction_paths"):
        junction_for("v1", None, {"v1": path}, {})


def test_a_comment_about_another_volume_tells_nothing():
    assert junction_for("v2", target_volume("v2", of=NESTED), {}, {}).basis == "assumed"


def test_unmounted_at_its_source_is_remembered_as_such():
    target = target_volume("v1", of=source_volume("v1", junction_path=None))
    assert junction_for("v1", target, {}, {}).path == ""
    assert junction_for("v1", target, {}, {}).basis == "comment"


def test_a_foreign_comment_is_kept():
    comment = comment_for(NESTED, "ticket 42")
    assert comment.startswith("ticket 42 ")
    assert facts_in(comment) == {"volume": "v1", "svm": "prod", "junction": "/a/v1", "export": "hosts"}
    assert foreign_part(comment) == "ticket 42"


def test_our_line_is_left_out_where_it_does_not_fit():
    foreign = "x" * (COMMENT_LIMIT - 20)
    assert comment_for(NESTED, foreign) == foreign


def test_a_changed_junction_replaces_our_line_only():
    first = comment_for(source_volume("v1"), "ticket 42")
    second = comment_for(NESTED, first)
    assert (foreign_part(second), facts_in(second)["junction"]) == ("ticket 42", "/a/v1")


@given(COMMENTS)
def test_a_comment_settles_after_one_change(foreign):
    """Whatever others wrote, our mark included: the second run has nothing to do."""
    once = comment_for(NESTED, foreign)
    assert comment_for(NESTED, once) == once
    assert len(once) <= max(COMMENT_LIMIT, len(foreign))


@given(COMMENTS)
def test_our_line_is_found_again_beside_whatever_others_wrote(foreign):
    if not facts_in(foreign):
        comment = comment_for(NESTED, foreign)
        assert facts_in(comment)["junction"] == "/a/v1"
        assert foreign_part(comment) == foreign.strip()


PATHS = st.lists(st.sampled_from(["", "a", "ab", "b"]), max_size=4).map("/".join) | st.sampled_from(["/", "//", "a"])


@given(PATHS, st.dictionaries(st.sampled_from("uvwxyz"), PATHS | PATHS.map("/{}".format), max_size=6))
def test_a_parent_is_what_a_path_begins_with(path, others):
    expected = tuple(
        sorted(
            name
            for name, where in others.items()
            if where and where != path and path.startswith(where.rstrip("/") + "/")
        )
    )
    assert parents_in(path, others) == Mounts.of(others).parents(path) == expected


@given(st.dictionaries(st.sampled_from("uvwxyz"), PATHS.map("/{}".format) | st.just(""), max_size=6))
def test_below_a_volume_is_what_has_it_for_a_parent(mounted):
    parents = {name: parents_in(where, mounted) if where else () for name, where in mounted.items()}
    expected = {one: sorted(name for name, above in parents.items() if one in above) for one in mounted}
    assert Mounts.of(mounted).below() == {one: names for one, names in expected.items() if names}


def test_parents_and_depths():
    others = {"a": "/a", "ab": "/ab", "deep": "/a/b", "none": ""}
    assert parents_in("/a/b/c", others) == ("a", "deep")
    assert parents_in("/abc", others) == ()
    assert [depth(path) for path in ("/", "/a", "/a/b", "/a/b/")] == [0, 1, 2, 2]
