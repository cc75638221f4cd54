# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages in a real browser: served from loopback, measured by a script in a frame around them, and photographed."""

from __future__ import annotations

import html
import json
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.tools import chromium

_SCHEMES = {"dark": "0", "light": "1"}
_PHOTO_PAGE = "/report.html"
_MEASURE = """<!DOCTYPE html><html><body style="margin:0">
<iframe id="frame" src="/report.html" style="border:0;width:%(width)spx;height:900px"></iframe>
<script>
function luminance(colour) {
  const parts = colour.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4));
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
function numbers(text) { return (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number); }
function ground(view, element) {
  for (let one = element; one; one = one.parentElement) {
    const colour = numbers(view.getComputedStyle(one).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
  }
  return [255, 255, 255];
}
function contrast(view, element) {
  const ink = luminance(numbers(view.getComputedStyle(element).color).slice(0, 3));
  const paper = luminance(ground(view, element));
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
}
function share(element, part) {
  return part.getBoundingClientRect().width / element.getBoundingClientRect().width * 100;
}
document.getElementById("frame").addEventListener("load", () => {
  const view = document.getElementById("frame").contentWindow, page = view.document;
  const all = query => [...page.querySelectorAll(query)];
  const seen = element => element.getBoundingClientRect().height > 0;
  const texts = all("main *").filter(e => !e.closest("svg") && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  const told = {
    title: page.title,
    figures: Object.fromEntries(all("[data-figure]").filter(seen).map(e => [e.dataset.figure, [e.value, e.innerText]])),
    headline: page.querySelector(".banner").innerText,
    tone: [...page.querySelector(".banner").classList],
    rows: all("table.volumes tbody tr").filter(seen).map(e => [...e.cells].map(cell => cell.innerText.trim())),
    lags: all("table.volumes .lag-figure").map(e => e.value),
    lag_bars: all("table.volumes .lag svg").map(e => share(e.querySelector(".track"), e.querySelectorAll("rect")[1])),
    attention: all("table.attention tbody tr").filter(seen).map(e => [...e.cells].map(cell => cell.innerText.trim())),
    warnings: all(".warnings li").filter(seen).map(e => e.innerText),
    chart: all(".time-chart tbody tr").filter(seen).map(e => [e.cells[0].innerText.trim(), e.querySelectorAll(".bar").length]),
    bars: all(".bar").map(e => e.querySelector("rect").getBoundingClientRect().width),
    steps: all("table.steps tbody tr").filter(seen).map(e => [...e.cells].map(cell => cell.innerText.trim())),
    links: all("nav a").map(e => page.querySelector(e.getAttribute("href")) !== null),
    wider: page.documentElement.scrollWidth - page.documentElement.clientWidth,
    clipped: all("td.name, td.time, .tile b, .mark").filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText),
    faint: texts.filter(seen).filter(e => contrast(view, e) < 4.5).map(e => [e.innerText.slice(0, 60), contrast(view, e)]),
    scripts: all("script, iframe, object, embed, link, img, [onclick], [onmouseover], [onerror]").length,
  };
  const out = document.createElement("pre");
  out.id = "measured";
  out.textContent = JSON.stringify(told);
  document.body.replaceChildren(out);
});
</script></body></html>
"""


@dataclass(frozen=True)
class Seen:
    """told: as the script in _MEASURE names it.  console: what the browser complained of.  asked: paths it loaded."""

    told: dict[str, Any]
    console: list[str]
    asked: list[str]


def measure(page: str, *, width: int = 1480, scheme: str = "light") -> Seen:
    """Opens the page in a frame so many pixels wide."""
    with _served(page, width) as (address, asked):
        dump, log = _browse(f"{address}/measure", "--dump-dom", "--virtual-time-budget=20000", _scheme(scheme))
    found = re.search(r'<pre id="measured">(.*?)</pre>', dump, re.DOTALL)
    if found is None:
        raise AssertionError(f"the page was not rendered: {dump[-500:]}\n{log[-1500:]}")
    return Seen(json.loads(html.unescape(found.group(1))), _complaints(log), asked)


def photograph(page: str, file: Path, *, width: int = 1480, height: int = 2000, scheme: str = "light") -> bytes:
    """A PNG of the page's top, in *file* too."""
    with _served(page, width) as (address, _asked):
        _browse(address + _PHOTO_PAGE, f"--screenshot={file}", f"--window-size={width},{height}", _scheme(scheme))
    return file.read_bytes()


def _scheme(name: str) -> str:
    return f"--blink-settings=preferredColorScheme={_SCHEMES[name]}"


def _complaints(log: str) -> list[str]:
    return [line for line in log.splitlines() if "CONSOLE" in line]


def _browse(address: str, *options: str) -> tuple[str, str]:
    """(what it printed, its log)."""
    program = chromium.find()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="data_motion_browser_", ignore_cleanup_errors=True) as profile:
        command = [program, *chromium.FLAGS, f"--user-data-dir={profile}", "--enable-logging=stderr", *options, address]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout, done.stderr


@contextmanager
def _served(page: str, width: int) -> Iterator[tuple[str, list[str]]]:
    """(address, the paths that were asked for)."""
    asked: list[str] = []
    pages = {_PHOTO_PAGE: page, "/measure": _MEASURE % {"width": width}}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/favicon.ico":  # browsers ask for it by themselves
                self.send_response(204)
                self.end_headers()
                return
            asked.append(self.path)
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
