# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which volumes are meant: globs, regular expressions, literals, aliases, and names that do not tell enough."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.model.errors import BadInput
from ansible_collections.ontap.data_motion.plugins.module_utils.model.mirror import State, SvmPeer
from ansible_collections.ontap.data_motion.plugins.module_utils.model.volume import VolumeType
from ansible_collections.ontap.data_motion.plugins.module_utils.planning import names
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.names import Origin
from ansible_collections.ontap.data_motion.plugins.module_utils.planning.presentation import CLONE_MARK
from tests.unit.planning.pictures import PEER, here, mirror, protected, source_volume, there, without_source

SOURCE = there(
    source_volume("root", is_svm_root=True),
    source_volume("cinder_1"),
    source_volume("cinder_2"),
    source_volume("group_1", style="flexgroup"),
    source_volume("manila_1"),
    source_volume("down_1", state="offline"),
    source_volume("dp_1", type=VolumeType.DP),
    source_volume("ls_1", type=VolumeType.LS),
    source_volume("cache_1", is_flexcache=True),
    source_volume("clone_1", is_clone=True, comment=f"{CLONE_MARK} of cinder_1"),
    source_volume("clone_2", is_clone=True),
    source_volume("mirrored_back"),
    mirrors={"mirrored_back": mirror("x", State.BROKEN_OFF, to="mirrored_back")},
)
FIT = ("cinder_1", "cinder_2", "clone_2", "group_1", "manila_1")


@pytest.mark.parametrize(
    "patterns, chosen",
    [
        pytest.param(["*"], FIT, id="all that can be replicated"),
        pytest.param(["cinder_*"], ("cinder_1", "cinder_2"), id="a glob"),
        pytest.param(["cinder_?"], ("cinder_1", "cinder_2"), id="a question mark"),
        pytest.param(["cinder_[2-9]"], ("cinder_2",), id="a range"),
        pytest.param(["~(cinder|manila)_1"], ("cinder_1", "manila_1"), id="a regular expression"),
        pytest.param(["~inder_1", "manila_1"], None, id="an expression matches whole names"),
        pytest.param(["manila_1", "cinder_1"], ("cinder_1", "manila_1"), id="literals, in the order of names"),
        pytest.param(["cinder_*", "cinder_1"], ("cinder_1", "cinder_2"), id="twice named is once meant"),
    ],
)
def test_patterns_choose(patterns, chosen):
    if chosen is None:
        with pytest.raises(BadInput, match="matches no"):
            names.select_from_source(patterns, SOURCE)
    else:
        found = names.select_from_source(patterns, SOURCE)
        assert (found.names, dict(found.refused)) == (chosen, {})


@pytest.mark.parametrize(
    "name, reason",
    [
        ("root", "is the root volume"),
        ("dp_1", "of type dp"),
        ("ls_1", "of type ls"),
        ("cache_1", "is a FlexCache"),
        ("clone_1", "a clone made for a rehearsal"),
        ("down_1", "is offline"),
        ("mirrored_back", "itself the destination of a mirror"),
    ],
)
def test_a_literal_name_is_refused_with_its_reason_never_dropped(name, reason):
    found = names.select_from_source([name, "cinder_1"], SOURCE)
    assert found.names == tuple(sorted((name, "cinder_1")))
    assert list(found.refused) == [name]
    assert reason in found.refused[name]


def test_a_literal_stays_refused_when_a_glob_matches_it_too():
    found = names.select_from_source(["*", "root"], SOURCE)
    assert list(found.refused) == ["root"]


@pytest.mark.parametrize(
    "patterns, message",
    [
        pytest.param([], "volumes is empty", id="no volumes"),
        pytest.param([""], "empty entry", id="an empty entry"),
        pytest.param(["~"], "empty entry", id="an empty expression"),
        pytest.param(["~(a"], "no regular expression", id="an expression that cannot be read"),
        pytest.param(["cinder_9"], "cinder_9 does not exist on SVM prod", id="an unknown volume"),
        pytest.param(["nova_*"], "'nova_\\*' matches no online read-write volume", id="a glob without a match"),
        pytest.param(["cache_*"], "matches no", id="a glob that matches only what cannot be replicated"),
    ],
)
def test_bad_patterns(patterns, message):
    with pytest.raises(BadInput, match=message):
        names.select_from_source(patterns, SOURCE)


def test_without_the_source_the_mirrors_tell_the_set():
    mirrors = {"v1": mirror("v1"), "v2": mirror("v2")}
    found = names.select_from_mirrors(["v*", "v9"], mirrors, "SVM dr")
    assert found.names == ("v1", "v2", "v9")
    assert found.refused == {"v9": "v9 has no mirror on SVM dr"}
    with pytest.raises(BadInput, match="matches no mirrored volume on SVM dr"):
        names.select_from_mirrors(["x*"], mirrors, "SVM dr")


def test_a_removal_takes_names_that_are_gone_already():
    assert names.select_known(["v1", "gone", "a*"], {"v1", "a1", "a2", "b"}) == ("a1", "a2", "gone", "v1")


# -- whose mirrors


def test_a_local_alias_is_resolved_by_the_peering():
    alias = SvmPeer("prod_of_paris", "dr", "prod", "paris", "peered")
    side = here(mirrors=(mirror("v1", svm="prod_of_paris", source_svm_name=None, source_cluster=None),), peers=(alias,))
    assert list(names.mirrors_by_source(side, Origin("prod", "paris"))) == ["v1"]
    assert names.mirrors_by_source(side, Origin("prod_of_paris")) == {}


def test_an_alias_wins_over_another_svm_that_bears_the_name():
    """`prod` in the path is the alias of `other`: what stands in a path is never the name itself."""
    alias = SvmPeer("prod", "dr", "other", "rome", "peered")
    side = here(mirrors=(mirror("v1", source_svm_name=None, source_cluster=None),), peers=(alias,))
    assert names.mirrors_by_source(side, Origin("prod")) == {}
    assert list(names.mirrors_by_source(side, Origin("other"))) == ["v1"]


def test_two_clusters_behind_one_name_are_refused_and_both_named():
    side = here(
        mirrors=(
            mirror("v1"),
            mirror("v2", svm="prod.1", source_svm_name="prod", source_cluster="rome"),
        ),
        peers=(PEER, SvmPeer("prod.1", "dr", "prod", "rome", "peered")),
    )
    with pytest.raises(BadInput, match=r"paris and rome.*source_cluster"):
        names.mirrors_by_source(side, Origin("prod"))
    assert list(names.mirrors_by_source(side, Origin("prod", "rome"))) == ["v2"]


def test_what_is_no_mirror_of_a_volume_is_left_out():
    side = here(mirrors=(mirror("v1", is_restore=True), mirror("", to="x"), mirror("/cg/one", to="/cg/two")))
    assert names.mirrors_by_source(side, Origin("prod")) == {}


def test_a_peered_peering_is_preferred():
    pending = SvmPeer("prod", "dr", "prod", "rome", "pending")
    assert names.peer_of(here(peers=(pending, PEER)), Origin("prod")) is PEER
    assert names.peer_of(here(peers=(pending,)), Origin("prod")) is pending
    assert names.peer_of(here(peers=(pending,)), Origin("prod", "paris")) is None


@pytest.mark.parametrize("source_is_read", [True, False])
def test_a_volume_that_is_mirrored_twice_is_refused_and_both_are_named(source_is_read):
    have = protected("v1", "v2")
    have = have.with_side("destination", have.destination.with_mirror(mirror("v1", to="v1_copy", uuid="m-other")))
    have = have if source_is_read else without_source(have)
    found, _mirrors = names.selection(have, ["*"], Origin("prod", "paris"))
    assert found.names == ("v1", "v2")
    assert list(found.refused) == ["v1"]
    assert "to v1 and v1_copy" in found.refused["v1"]


def test_equal_volumes_of_two_svms_are_no_twins():
    other = SvmPeer("test", "dr", "test", "paris", "peered")
    theirs = mirror("v1", svm="test", to="v1_test")
    side = here(mirrors=(mirror("v1"), theirs), peers=(PEER, other))
    assert names.twins(side, Origin("prod", "paris")) == {}


# -- names of destinations


@pytest.mark.parametrize(
    "template, name", [("{volume}", "v1"), ("dr_{svm}_{volume}", "dr_prod_v1"), ("{volume}_copy", "v1_copy")]
)
def test_names_of_destinations(template, name):
    assert names.target_name(template, "v1", "prod") == name


@pytest.mark.parametrize("template", ["{cluster}", "{volume", "{0}", "{volume.x}", "", "{volume!z}"])
def test_templates_that_cannot_be_right(template):
    with pytest.raises(BadInput, match="destination_name"):
        names.target_name(template, "v1", "prod")


def test_two_volumes_on_one_name_are_refused():
    with pytest.raises(BadInput, match="gives v1 and v2 the same name copy"):
        names.target_names("copy", ["v1", "v2"], "prod")
