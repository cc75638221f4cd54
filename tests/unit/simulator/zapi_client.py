# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain ONTAPI client for tests: strings in, elements out, nothing of anybody's library."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import requests

PATH = "/servlets/netapp.servlets.admin.XMLrequest_filer"
SPACE = "{http://www.netapp.com/filer/admin}"


class Refused(Exception):
    """errno: what the results said."""

    def __init__(self, errno: str, reason: str) -> None:
        super().__init__(f"{errno}: {reason}")
        self.errno = errno


class Zapi:
    """One cluster; calls are tunnelled into *svm* where one is given."""

    def __init__(self, site, name, svm=None):
        self.address, self.svm = site.clusters[name], svm

    def post(self, text):
        return requests.post(
            self.address.url + PATH,
            data=text.encode(),
            auth=(self.address.username, self.address.password),
            headers={"Content-Type": "text/xml"},
            timeout=30,
        )

    def ask(self, call, **args):
        """The results; underscores in names stand for hyphens, values may be XML."""
        inner = "".join(f"<{key.replace('_', '-')}>{value}</{key.replace('_', '-')}>" for key, value in args.items())
        tunnel = f' vfiler="{self.svm}"' if self.svm else ""
        answer = self.post(f'<netapp version="1.150" xmlns="{SPACE[1:-1]}"{tunnel}><{call}>{inner}</{call}></netapp>')
        assert answer.status_code == 200, answer.text
        results = ET.fromstring(answer.content)[0]
        if results.get("status") != "passed":
            raise Refused(results.get("errno"), results.get("reason"))
        return results

    def rows(self, call, **args):
        """[{element: text}] of one page; nested elements are flattened."""
        listed = self.ask(call, **args).find(SPACE + "attributes-list")
        return [] if listed is None else [flat(each) for each in listed]


def text(results, name):
    found = results.find(".//" + SPACE + name)
    return None if found is None else found.text


def flat(element):
    return {each.tag.replace(SPACE, ""): (each.text or "").strip() for each in element.iter() if not len(each)}
