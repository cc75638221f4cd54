# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives Cinder's NetApp data motion over REST. Runs in cinder's own virtual environment, never under pytest.

usage: python cinder_client.py CINDER_CONF BACKEND < CALLS

CALLS is a JSON list of {"call": name, "args": [...]}: methods of cinder's DataMotionMixin, in order; an argument
"<config>" stands for the configuration of BACKEND. Prints a JSON list with one {"result": ...} or
{"error": class, "code": ..., "message": ...} each. Nothing of cinder's code is replaced.
"""

import json
import logging
import sys

from cinder.common import config as _registers_options  # noqa: F401
from cinder.volume.drivers.netapp.dataontap.utils import data_motion
from cinder.volume.drivers.netapp.dataontap.utils import utils as config_utils
from oslo_config import cfg


class Backend(data_motion.DataMotionMixin):
    """What the mixin needs of a driver."""

    def __init__(self, name):
        self.backend_name = name
        self.configuration = config_utils.get_backend_configuration(name)


def play(backend, call, args):
    values = [backend.configuration if value == "<config>" else value for value in args]
    try:
        return {"result": getattr(backend, call)(*values)}
    except Exception as error:  # whatever cinder raises is an answer to the test
        return {"error": type(error).__name__, "code": getattr(error, "code", None), "message": str(error)}


def main():
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    conf, name = sys.argv[1:]
    cfg.CONF([], project="cinder", default_config_files=[conf])
    backend = Backend(name)
    answers = [play(backend, step["call"], step["args"]) for step in json.load(sys.stdin)]
    json.dump(answers, sys.stdout, default=str)


if __name__ == "__main__":
    main()
