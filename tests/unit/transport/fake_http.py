# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Http that answers from a list and notes what it was asked."""

from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.ontap.data_motion.plugins.module_utils.transport.http import Answer


class FakeHttp:
    """answers: (status, document) for each request in order; the last one is for all that follow.

    asked: (method, path, query, body) of each request.
    """

    def __init__(self, *answers):
        self.answers = list(answers) or [(200, {"records": [], "num_records": 0})]
        self.asked = []
        self.endpoint = SimpleNamespace(address="c1:443", width=16)

    def read(self, path, query=None):
        return self._answer("GET", path, query, None)

    def write(self, method, path, query=None, body=None):
        return self._answer(method, path, query, body)

    def _answer(self, method, path, query, body):
        self.asked.append((method, path, query, body))
        return Answer(*(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]))
