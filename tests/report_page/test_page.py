# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report page in a real browser: it renders, complains of nothing, and shows the figures of report.json."""

from __future__ import annotations

import struct
import zlib

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.report.html import render
from ansible_collections.ontap.data_motion.plugins.module_utils.report.words import headline, lag_text
from tests.report_page import browser, runs
from tests.tools import chromium
from tests.unit.report import stories

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium.find() is None, reason=chromium.MISSING),
]
BAD = ("failed", "refused", "unreachable")
STORIES = {
    "a failover of 20 volumes": lambda: stories.failover(20),
    "a failover of one volume": lambda: stories.failover(1, failing=0),
    "a failover of 200 volumes": lambda: stories.failover(200, failing=7),
    "a way home, with a refusal and a transfer that goes on": runs.failback,
    "a status with every kind of trouble": runs.status,
}


@pytest.fixture(scope="module", params=STORIES, ids=str)
def opened(request):
    report = STORIES[request.param]()
    return report, browser.measure(render(report))


def test_the_browser_has_nothing_to_complain_of_and_nothing_to_load(opened):
    _report, seen = opened
    assert seen.console == []
    assert sorted(seen.asked) == ["/measure", "/report.html"]
    assert seen.told["scripts"] == 0


def test_the_figures_are_those_of_the_report(opened):
    report, seen = opened
    volumes, figures = (
        report.document["volumes"],
        {name: value for name, (value, _text) in seen.told["figures"].items()},
    )
    counted = {status: sum(one["status"] == status for one in volumes) for status in ("in_progress", *BAD)}
    assert figures["volumes"] == str(len({one["volume"] for one in volumes}))
    assert figures["ok"] == str(len(volumes) - sum(counted.values()))
    assert {name: figures.get(name, "0") for name in counted} == {name: str(count) for name, count in counted.items()}
    assert figures.get("breach", "0") == str(sum(one["rpo"] == "breach" for one in volumes))
    lags = [one["lag_s"] for one in volumes if one["lag_s"] is not None]
    assert (float(figures["worst_lag_s"]), seen.told["figures"]["worst_lag_s"][1]) == (max(lags), lag_text(max(lags)))
    assert headline(report) in seen.told["headline"]
    assert ("good" in seen.told["tone"]) <= report.document["ok"]
    assert ("bad" in seen.told["tone"]) is not report.document["ok"]


def test_each_volume_has_a_row_that_says_what_the_report_says(opened):
    report, seen = opened
    volumes = report.document["volumes"]
    told = [(row[0], row[1], row[5]) for row in seen.told["rows"]]
    assert told == [(one["volume"], one["status"].replace("_", " "), one["rpo"]) for one in volumes]
    assert seen.told["lags"] == ["" if one["lag_s"] is None else str(one["lag_s"]) for one in volumes]
    for one, row in zip(volumes, seen.told["rows"]):
        assert (one["junction"] or "not ") in row[7]
        assert (one["exported_snapshot"] or "") == row[8]


def test_lag_bars_are_as_long_as_the_lags(opened):
    report, seen = opened
    lags = [one["lag_s"] for one in report.document["volumes"] if one["lag_s"] is not None]
    bars = seen.told["lag_bars"]
    assert len(bars) == len(lags)
    scale = max(lags) / max(bars)
    for lag, length in zip(lags, bars):
        assert length == pytest.approx(max(lag / scale, 0.6), abs=0.7)


def test_each_step_is_on_record_and_each_with_a_time_has_a_bar(opened):
    report, seen = opened
    steps = [(one["volume"], step) for one in report.document["volumes"] for step in one["steps"]]
    told = [(row[0], row[1], row[4], row[5]) for row in seen.told["steps"]]
    assert told == [
        (name, step["verb"], f"{step['seconds']:.1f}", step["status"].replace("_", " ")) for name, step in steps
    ]
    assert sum(count for _name, count in seen.told["chart"]) == sum(bool(step.get("started")) for _name, step in steps)
    assert all(width >= 1 for width in seen.told["bars"])


def test_what_needs_attention_is_told_above_all(opened):
    report, seen = opened
    named = {row[0]: row for row in seen.told["attention"]}
    for one in report.document["volumes"]:
        if one["status"] in (*BAD, "in_progress") or one["rpo"] == "breach" or one["healthy"] is False:
            assert one["volume"] in named
        if one["status"] in BAD:
            assert one["msg"] in named[one["volume"]][2]
    assert all(seen.told["links"])


@pytest.mark.parametrize("width, scheme", [(1480, "dark"), (1000, "light")])
@pytest.mark.parametrize("story", [stories.failover, runs.failback, runs.status, runs.hostile])
def test_it_fits_and_can_be_read(story, width, scheme):
    seen = browser.measure(render(story()), width=width, scheme=scheme)
    assert seen.told["wider"] <= 0, "the page scrolls sideways"
    assert seen.told["clipped"] == []
    assert seen.told["faint"] == []


def test_split_brain_comes_first_and_is_called_a_danger():
    seen = browser.measure(render(runs.status()))
    assert seen.told["attention"][0][:2] == ["vol0012", "danger"]


def test_hostile_names_are_only_text():
    report = runs.hostile()
    seen = browser.measure(render(report))
    assert (seen.console, seen.told["scripts"]) == ([], 0)
    assert seen.told["title"] == "failover of paris: failed"
    names = [" ".join(one["volume"].split()) for one in report.document["volumes"]]
    assert [row[0] for row in seen.told["rows"]] == names
    assert len(seen.told["attention"]) == len(seen.told["rows"]) == len(runs.HOSTILE)
    assert seen.told["warnings"] == [" ".join(one.split()) for one in report.document["warnings"]]


@pytest.mark.parametrize("scheme, is_dark", [("light", False), ("dark", True)])
def test_a_picture_of_it_is_no_blank_sheet(tmp_path, scheme, is_dark):
    picture = browser.photograph(render(runs.failback()), tmp_path / "page.png", width=700, height=500, scheme=scheme)
    rows = _rows(picture)
    corner = rows[-1][:3]
    assert (sum(corner) / 3 < 100) is is_dark
    assert len(set(rows)) > 150, "the picture shows next to nothing"


def _rows(png: bytes) -> list[bytes]:
    """The rows of a PNG of 8 bits a channel, as bytes of pixels."""
    width, _height, _depth, kind = struct.unpack(">IIBB", png[16:26])
    size = {2: 3, 6: 4}[kind]
    packed, place = b"", 8
    while place < len(png):
        length, name = struct.unpack(">I4s", png[place : place + 8])
        packed += png[place + 8 : place + 8 + length] if name == b"IDAT" else b""
        place += length + 12
    flat, above, rows = zlib.decompress(packed), bytes(width * size), []
    for start in range(0, len(flat), width * size + 1):
        above = _unfiltered(flat[start], flat[start + 1 : start + 1 + width * size], above, size)
        rows.append(above)
    return rows


def _unfiltered(kind: int, line: bytes, above: bytes, size: int) -> bytes:
    """One row after PNG's filters 0 to 4."""
    row = bytearray(line)
    for place in range(len(row)):
        left = row[place - size] if place >= size else 0
        corner = above[place - size] if place >= size else 0
        guess = (0, left, above[place], (left + above[place]) // 2, _paeth(left, above[place], corner))[kind]
        row[place] = (row[place] + guess) & 255
    return bytes(row)


def _paeth(left: int, above: int, corner: int) -> int:
    estimate = left + above - corner
    return min((left, above, corner), key=lambda one: abs(estimate - one))
