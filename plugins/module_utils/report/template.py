# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as a template: one file, no script, nothing loaded from anywhere.

It is a constant since Ansible ships only Python files of module_utils to where a module runs.
Colours never tell alone: each outcome is a word, each bar has a title, and the record of steps repeats them all.
"""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light;
  --page: #f6f7f9; --card: #ffffff; --ink: #16202c; --soft: #55616f; --line: #d5dbe2; --track: #e9edf1;
  --good: #1b7a43; --bad: #b42318; --late: #9a5b00; --good-bg: #e3f4e9; --bad-bg: #fdebe9; --late-bg: #fdf1dc;
  --prepare: #7d8b99; --transfer: #2f6fdb; --quiesce: #c98a00; --break: #7b3fc4; --mount: #17868f; --remove: #4a5563;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --page: #10151b; --card: #192029; --ink: #e8edf2; --soft: #a3afbc; --line: #323d49; --track: #27313c;
    --good: #63d297; --bad: #ff8a7e; --late: #f5bd5a; --good-bg: #14301f; --bad-bg: #3d1815; --late-bg: #38290c;
    --prepare: #93a1af; --transfer: #6aa1ff; --quiesce: #e5ae35; --break: #b68cf0; --mount: #4fc0c9; --remove: #8796a6;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1480px; margin: 0 auto; padding: 20px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 32px 0 8px; }
p { margin: 0 0 8px; } h1, p, li { overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.banner { border: 1px solid var(--line); border-left: 10px solid; border-radius: 6px; padding: 16px 20px; }
.banner .word { font-size: 13px; font-weight: 700; letter-spacing: .08em; }
.banner ul { margin: 8px 0 0; padding-left: 20px; }
.banner.good { border-color: var(--good); background: var(--good-bg); } .banner.good .word { color: var(--good); }
.banner.late { border-color: var(--late); background: var(--late-bg); } .banner.late .word { color: var(--late); }
.banner.bad { border-color: var(--bad); background: var(--bad-bg); } .banner.bad .word { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 10px; margin: 14px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; }
.tile b { display: block; font-size: 23px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tile span { color: var(--soft); font-size: 13px; }
.tile.good b { color: var(--good); } .tile.bad b { color: var(--bad); } .tile.late b { color: var(--late); }
dl { display: grid; grid-template-columns: max-content 1fr max-content 1fr; gap: 4px 14px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.card ul { margin: 0; padding-left: 18px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; }
.wide { background: var(--card); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 13.5px; }
th, td { text-align: left; vertical-align: top; padding: 5px 10px; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; } th.number { text-align: right; }
td.name, td.path, td.time { font-family: ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", monospace; font-size: 12.5px; }
td.name { font-weight: 600; white-space: nowrap; } td.time { white-space: nowrap; }
td.path, td.text { overflow-wrap: anywhere; min-width: 11em; }
td.text { min-width: 16em; } .attention td.path { min-width: 17em; } .attention td.text { width: 70%; }
.mark { display: inline-block; border-radius: 4px; padding: 0 7px; font-weight: 600; white-space: nowrap; }
.mark.good { color: var(--good); background: var(--good-bg); }
.mark.late { color: var(--late); background: var(--late-bg); }
.mark.bad { color: var(--bad); background: var(--bad-bg); }
.lag .pair { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; } .lag data { min-width: 5.8em; white-space: nowrap; }
.lag svg { flex: 1 1 90px; min-width: 90px; height: 9px; }
svg { overflow: visible; }
.track { fill: var(--track); }
.good-fill { fill: var(--good); } .bad-fill { fill: var(--bad); } .none-fill { fill: var(--soft); }
.limit { stroke: var(--ink); stroke-width: 2; }
.grid { stroke: var(--line); stroke-width: 1; }
.tick { fill: var(--soft); font-size: 11.5px; }
.time-chart td { padding-top: 2px; padding-bottom: 2px; border-bottom: 0; vertical-align: middle; }
.time-chart td.chart, .time-chart th.chart { width: 100%; min-width: 380px; }
.time-chart svg { display: block; width: 100%; height: 17px; }
.time-chart th svg { height: 15px; }
.bar text { fill: #ffffff; font-size: 11px; font-weight: 600; }
@media screen and (prefers-color-scheme: dark) { .bar text { fill: #10151b; } }
.prepare { fill: var(--prepare); } .transfer { fill: var(--transfer); } .quiesce { fill: var(--quiesce); }
.break { fill: var(--break); } .mount { fill: var(--mount); } .remove { fill: var(--remove); }
.not-done { stroke: var(--bad); stroke-width: 3; } .open-end { stroke: var(--late); stroke-width: 3; stroke-dasharray: 5 3; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 8px; font-size: 13px; color: var(--soft); }
.legend svg { width: 14px; height: 11px; margin-right: 5px; }
nav { margin: 14px 0 0; font-size: 13.5px; } a { color: inherit; }
footer { margin-top: 28px; color: var(--soft); font-size: 13px; }
@media (max-width: 720px) { dl { grid-template-columns: max-content 1fr; } main { padding: 10px; } }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  body { background: #ffffff; font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  table { font-size: 8.5pt; } th, td { padding: 2px 6px; } td.name, td.path, td.time { font-size: 8pt; }
  nav { display: none; }
  .wide { overflow: visible; } td.text, td.path { min-width: 0; }
  thead { display: table-header-group; } tr, .banner, .tile { break-inside: avoid; } h2 { break-after: avoid; }
  .record { break-before: page; }
}
"""

MACROS = """
{%- macro mark(status) -%}
<span class="mark {{ status | tone }}">{{ status | words }}</span>
{%- endmacro -%}
{%- macro lag_bar(one) -%}
{%- if one.lag_s is not none %}
<svg role="img" aria-label="lag {{ one.lag_s | lag }}{% if rpo_s %} of {{ rpo_s | lag }}{% endif %}">
<rect class="track" width="100%" height="9" rx="2"/>
<rect class="{{ {'breach': 'bad', 'ok': 'good'}.get(one.rpo, 'none') }}-fill" width="{{ [one.lag_s / lag_scale_s * 100, 0.6] | max | round(3)
}}%" height="9" rx="2"/>
{%- if rpo_s %}<line class="limit" x1="{{ (rpo_s / lag_scale_s * 100) | round(3) }}%" x2="{{ (rpo_s / lag_scale_s * 100) | round(3) }}%" y1="-2"
y2="11"/>{% endif -%}
</svg>
{%- endif %}
{%- endmacro -%}
{%- macro bar(one) -%}
<svg class="bar" x="{{ one.x }}%" width="{{ one.width }}%" height="17"><title>{{ one.step.verb }} of {{ one.step.target }}: {{ one.step.status |
words }}{% if one.step.seconds is not none %}, {{ one.step.seconds }} s{% endif %}, from {{ one.step.started | time(True) }}{% if one.step.msg
%}: {{ one.step.msg }}{% endif %}</title>
<rect class="{{ one.phase }}{{ {'done': '', 'in_progress': ' open-end', 'unproven': ' open-end', 'started': ' open-end'}.get(one.step.status,
' not-done') }}" y="2" width="100%" height="13" rx="2"/>
{%- if one.roomy %}<text x="4" y="12.5">{{ one.step.verb }} {{ one.step.seconds | seconds }}</text>{% endif -%}
</svg>
{%- endmacro -%}
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ document.playbook }} of {{ document.backend }}: {{ word }}</title>
<style>{{ style | safe }}</style>
</head>
<body><main>
<section class="banner {{ tone }}">
<p class="word">{{ word | upper }}</p>
<h1>{{ document.playbook | capitalize }}{% if document.mode %} ({{ document.mode }}){% endif %}{% if document.check_mode %}, check mode{% endif
%}: {% for end in route %}{% if not loop.first %} → {% endif %}<bdi>{{ end }}</bdi>{% endfor %}</h1>
<p>{{ verdict }}</p>
{%- if failures %}
<ul>{% for failure in failures %}<li><bdi>{{ failure }}</bdi></li>{% endfor %}</ul>
{%- endif %}
</section>

<section class="tiles" aria-label="Figures">
{%- for tile in tiles %}
<div class="tile {{ tile.tone }}"><b><data value="{{ tile.value }}" data-figure="{{ tile.name }}">{{ tile.text }}</data></b><span>{{ tile.label
}}</span></div>
{%- endfor %}
</section>

<section class="card"><dl>
<dt>Started</dt><dd>{{ document.started | time }}</dd><dt>Ended</dt><dd>{{ document.ended | time }}</dd>
<dt>Playbook</dt><dd>{{ document.playbook }}{% if document.mode %}, mode {{ document.mode }}{% endif %}{% if document.check_mode %}, check mode{%
endif %}</dd>
<dt>Volumes known from</dt><dd>{{ document.coverage_basis or "what the tasks looked at" }}</dd>
<dt>RPO</dt><dd>{% if rpo_s %}{{ rpo_s | lag }}{% else %}no limit was given to this report{% endif %}</dd>
<dt>Outcome</dt><dd>{{ "every volume is as asked" if document.ok else "not everything is as asked" }}</dd>
</dl></section>

<nav class="soft">On this page: {% for id, text in sections %}<a href="#{{ id }}">{{ text }}</a>{{ "" if loop.last else " · " }}{% endfor %}</nav>

{%- if attention %}
<h2 id="attention">Needs attention</h2>
<div class="wide"><table class="attention">
<thead><tr><th>Volume</th><th>Outcome</th><th>What is wrong</th><th>Destination</th></tr></thead>
<tbody>
{%- for one, wrong in attention %}
<tr><td class="name"><bdi>{{ one.volume }}</bdi></td><td>{% if one.status in serious %}{{ macros.mark(one.status) }}{% elif "split-brain" in
wrong %}<span class="mark bad">danger</span>{% else %}<span class="mark late">look at it</span>{% endif %}</td><td class="text"><bdi>{{ wrong
}}</bdi></td><td class="path"><bdi>{{ one.destination or "" }}</bdi></td></tr>
{%- endfor %}
</tbody></table></div>
{%- endif %}

{%- if document.notes %}
<h2 id="notes">Notes</h2>
<div class="card"><ul>{% for note in document.notes %}<li><bdi>{{ note }}</bdi></li>{% endfor %}</ul></div>
{%- endif %}

{%- if document.warnings %}
<h2 id="warnings">Warnings</h2>
<div class="card"><ul class="warnings">{% for warning in document.warnings %}<li><bdi>{{ warning }}</bdi></li>{% endfor %}</ul></div>
{%- endif %}

<h2 id="volumes">Volumes</h2>
{%- if document.volumes %}
<div class="wide"><table class="volumes">
<thead><tr><th>Volume</th><th>Outcome</th><th>State</th><th>Health</th><th class="lag">Lag{% if rpo_s %}, line at the RPO{% endif %}</th>
<th>RPO</th><th>Source → destination</th><th>Junction path</th><th>Snapshot at the destination</th></tr></thead>
<tbody>
{%- for one in document.volumes %}
<tr data-volume="{{ one.volume }}"><td class="name"><bdi>{{ one.volume }}</bdi></td><td>{{ macros.mark(one.status) }}</td>
<td>{% if one.volume in doubtful and one.state in ("broken_off", "paused", "uninitialized") %}<span class="mark late">{{ one.state }}</span>{%
else %}{{ one.state or "unknown" }}{% endif %}{% if one.direction != "forward" %} ({{ one.direction }}){% endif %}</td>
<td>{% if one.healthy is sameas false %}<span class="mark late">not healthy</span>{% else %}{{ "healthy" if one.healthy else "unknown" }}{% endif
%}</td>
<td class="lag"><div class="pair"><data class="lag-figure" value="{{ '' if one.lag_s is none else one.lag_s }}">{{ one.lag_s | lag }}</data>{{
macros.lag_bar(one) }}</div></td>
<td>{% if one.rpo == "breach" %}<span class="mark bad">breach</span>{% else %}{{ one.rpo }}{% endif %}</td>
<td class="path"><bdi>{{ one.source or "?" }}</bdi> → <bdi>{{ one.destination or "?" }}</bdi></td>
<td class="path">{% if one.junction %}<bdi>{{ one.junction }}</bdi>{% if one.junction_assumed %} <span class="mark late">assumed</span>{% endif
%}{% else %}<span class="soft">{{ "not mounted" if one.junction == "" else "not looked at" }}</span>{% endif %}</td>
<td class="path"><bdi>{{ one.exported_snapshot or "" }}</bdi></td></tr>
{%- endfor %}
</tbody></table></div>
{%- else %}
<p>No volume was looked at.</p>
{%- endif %}

<h2 id="timeline">Timeline</h2>
{%- if timeline.rows %}
<p class="legend"><span>From {{ timeline.started | time }}</span>
{%- for phase in timeline.phases %}<span><svg><rect class="{{ phase }}" width="14" height="11" rx="2"/></svg>{{ phase }}</span>{% endfor -%}
<span><svg><rect class="track not-done" x="1.5" y="1.5" width="11" height="8"/></svg>did not succeed</span><span><svg><rect
class="track open-end" x="1.5" y="1.5" width="11" height="8"/></svg>end not seen</span></p>
<div class="wide"><table class="time-chart">
<thead><tr><th>Volume</th><th class="chart"><svg>{% for x, text in timeline.ticks %}<text class="tick" x="{{ x }}%" y="11">{{ text }}</text>{%
endfor %}</svg></th><th class="number">Took</th></tr></thead>
<tbody>
{%- for row in timeline.rows %}
<tr><td class="name"><bdi>{{ row.volume.volume }}</bdi></td><td class="chart"><svg role="img" aria-label="steps of {{ row.volume.volume }}">
{%- for x, text in timeline.ticks %}<line class="grid" x1="{{ x }}%" x2="{{ x }}%" y1="-3" y2="20"/>{% endfor %}
{%- for one in row.bars %}{{ macros.bar(one) }}{% endfor -%}
</svg></td><td class="number">{{ row.seconds | seconds }}</td></tr>
{%- endfor %}
</tbody></table></div>
{%- else %}
<p>{{ "Check mode: no step was taken." if document.check_mode else "No step was taken: nothing had to be changed." if document.ok else
"No step with a time is on record." }}</p>
{%- endif %}

{%- if document.orphans %}
<h2 id="orphans">Orphans</h2>
<p class="soft">Left of mirrors that one side does not know any more. They are reported until they are released.</p>
<div class="wide"><table>
<thead><tr><th>Source</th><th>Destination</th><th>Why</th><th>UUID</th></tr></thead>
<tbody>
{%- for orphan in document.orphans %}
<tr><td class="path"><bdi>{{ orphan.source }}</bdi></td><td class="path"><bdi>{{ orphan.destination }}</bdi></td><td class="text"><bdi>{{
orphan.reason }}</bdi></td><td class="path"><bdi>{{ orphan.uuid }}</bdi></td></tr>
{%- endfor %}
</tbody></table></div>
{%- endif %}

{%- if steps %}
<section class="record"><h2 id="record">Record of all steps</h2>
<div class="wide"><table class="steps">
<thead><tr><th>Volume</th><th>Step</th><th>On</th><th>Began (UTC)</th><th class="number">Seconds</th><th>Outcome</th><th>Message</th></tr></thead>
<tbody>
{%- for volume, step in steps %}
<tr><td class="name"><bdi>{{ volume }}</bdi></td><td>{{ step.verb }}</td><td class="path"><bdi>{{ step.target }}</bdi></td><td class="time">{{
step.started | time(True) }}</td><td class="number"><data class="step-seconds" value="{{ '' if step.seconds is none else step.seconds }}">{{ ''
if step.seconds is none else '%.1f' | format(step.seconds) }}</data></td><td>{{ macros.mark(step.status) }}</td><td class="text"><bdi>{{ step.msg
}}</bdi>{% if step.job %} <span class="soft">job {{ step.job }}</span>{% endif %}</td></tr>
{%- endfor %}
</tbody></table></div></section>
{%- endif %}

<footer>Made by ontap.data_motion from report.json and journal.jsonl, which lie beside this page and say the same. Times are UTC, by the
clock of the machine that ran the playbook. A lag is the age of the newest snapshot that the destination holds.</footer>
</main></body>
</html>
"""
