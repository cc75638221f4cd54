# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: the same figures as report.json, and nothing that a hostile name or another machine could do."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from ansible_collections.ontap.data_motion.plugins.module_utils.report.html import render
from tests.unit.report import stories
from tests.unit.report.stories import events_of, report, result, step, task

VOID = {"meta", "link", "br", "hr", "img", "input"}
SELF_CLOSING = {"rect", "line"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></svg><script>1</script>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u2066",
]


class Page(HTMLParser):
    """Tags with their attributes, texts by tag, and `<data>` figures."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.texts, self.figures = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "data":
            self.figures.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def figure(self, name):
        return next(one["value"] for one in self.figures if one.get("data-figure") == name)

    def values(self, kind):
        return [one["value"] for one in self.figures if one.get("class") == kind]


def page_of(*tasks, **more):
    return Page(render(report(*tasks, **more)))


@pytest.fixture(scope="module", params=[(20, 1), (200, 3)], ids=["20 volumes", "200 volumes"])
def told(request):
    return stories.failover(*request.param)


def test_the_page_is_well_formed(told):
    page = Page(render(told))
    assert page.open == []
    assert [tag for tag, _attributes in page.tags if tag == "html"] == ["html"]


def test_figures_of_the_page_are_those_of_report_json(told):
    page, volumes = Page(render(told)), told.document["volumes"]
    failed = sum(one["status"] == "failed" for one in volumes)
    assert page.figure("volumes") == str(len(volumes))
    assert page.figure("ok") == str(len(volumes) - failed)
    assert page.figure("failed") == str(failed)
    assert page.figure("worst_lag_s") == str(max(one["lag_s"] for one in volumes))
    assert page.figure("breach") == str(sum(one["rpo"] == "breach" for one in volumes))
    assert page.values("lag-figure") == [str(one["lag_s"]) for one in volumes]
    assert page.values("step-seconds") == [str(each["seconds"]) for one in volumes for each in one["steps"]]
    assert [tag["data-volume"] for name, tag in page.tags if "data-volume" in tag] == [one["volume"] for one in volumes]


def test_each_volume_has_its_steps_on_the_time_line(told):
    page = Page(render(told))
    bars = [tag for name, tag in page.tags if name == "svg" and tag.get("class") == "bar"]
    assert len(bars) == sum(len(one["steps"]) for one in told.document["volumes"])
    titles = "".join(text for tag, text in page.texts if tag == "title")
    assert "mount of svm_lyon:vol0001: done, 0.4 s" in titles


def test_nothing_is_loaded_from_anywhere_and_nothing_runs(told):
    text = render(told)
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text
    page = Page(text)
    assert {tag for tag, _attributes in page.tags} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
    } == set()
    attributes = {name for _tag, given in page.tags for name in given}
    assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "style", "action")]
    assert all(given["href"].startswith("#") for _tag, given in page.tags if "href" in given)


def test_links_lead_somewhere(told):
    page = Page(render(told))
    places = {given["id"] for _tag, given in page.tags if "id" in given}
    assert {given["href"][1:] for _tag, given in page.tags if "href" in given} <= places


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_messages_are_text_and_nothing_else(name):
    steps = [{**step("v", "mount"), "target": name, "msg": name, "job": name, "verb": name, "status": name}]
    facts = dict.fromkeys(("source", "destination", "direction", "state", "junction", "exported_snapshot"), name)
    one = {**result(name, "failed", **facts), "msg": name, "steps": steps, "junction_assumed": True}
    orphan = dict.fromkeys(("source", "destination", "uuid", "reason"), name)
    lines = events_of(name, name, 1, 2, name)
    known = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "section",
        "nav",
        "footer",
        "div",
        "h1",
        "h2",
        "p",
    }
    known |= {
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "b",
        "span",
        "bdi",
        "data",
    }
    known |= {"svg", "rect", "line", "text"}
    loud = page_of(
        {"msg": name},
        task(one, warnings=[name], orphans=[orphan]),
        lines=lines,
        target=name,
        playbook=name,
        mode=name,
        coverage_basis=name,
        rpo_s=1,
    )
    assert {tag for tag, _given in loud.tags} <= known
    assert not [key for _tag, given in loud.tags for key in given if key.startswith("on")]
    assert any(name in text for tag, text in loud.texts if tag == "bdi")
    assert "49" not in "".join(text for tag, text in loud.texts if tag == "h1")


def test_figures_are_numbers_even_if_a_task_tells_texts():
    with pytest.raises((TypeError, ValueError)):
        render(report(task(result("vol1", lag_s='1"><script>'))))


@pytest.mark.parametrize(
    "results, more, word, tone",
    [
        pytest.param([result("vol1", state="snapmirrored")], {}, "OK", "good", id="all well"),
        pytest.param([result("vol1", state="paused")], {}, "DONE, BUT LOOK AT WHAT IS BELOW", "late", id="not well"),
        pytest.param([result("vol1", "refused")], {}, "FAILED", "bad", id="refused"),
    ],
)
def test_the_first_word_is_the_outcome(results, more, word, tone):
    page = page_of(task(*results), **more)
    assert (next(given["class"] for tag, given in page.tags if "banner" in given.get("class", ""))) == f"banner {tone}"
    assert next(text for tag, text in page.texts if tag == "p") == word


def test_a_run_that_did_nothing_says_so():
    text = render(report(task(result("vol1"))))
    assert "No step was taken: nothing had to be changed." in text
    assert 'id="record"' not in text


def test_a_run_that_saw_no_volume_tells_why():
    text = render(report({"msg": "cannot log in to lyon"}))
    assert "No volume was looked at." in text
    assert text.count("cannot log in to lyon") == 2


def test_check_mode_is_said():
    text = render(report(task(result("vol1", "changed")), rehearsed=True))
    assert "Check mode: no step was taken." in text


def test_dark_screens_and_paper_are_thought_of():
    text = render(report(task(result("vol1"))))
    assert "@media screen and (prefers-color-scheme: dark)" in text
    assert "@media print" in text


def test_every_colour_that_is_used_is_defined_for_light_and_dark():
    style = re.search(r"<style>(.*?)</style>", render(report(task(result("vol1")))), re.S).group(1)
    light, dark = (set(re.findall(r"(--[a-z-]+):", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S))
    assert set(re.findall(r"var\((--[a-z-]+)\)", style)) == light == dark
