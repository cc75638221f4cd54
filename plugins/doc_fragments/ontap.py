# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that the modules share."""

from __future__ import annotations


class ModuleDocFragment:
    SIDES = r"""
options:
  source:
    description:
      - The SVM that is replicated, as a dict, or as the name of an inventory backend, which is resolved on the
        controller from that host's C(ontap_*) variables.
      - Values that are missing in a given dict are taken from E(ONTAP_SOURCE_HOSTNAME), E(ONTAP_SOURCE_USERNAME),
        E(ONTAP_SOURCE_PASSWORD), E(ONTAP_SOURCE_CERT_FILEPATH), E(ONTAP_SOURCE_KEY_FILEPATH) and E(ONTAP_SOURCE_SVM).
      - Ansible does not merge nested dicts, so C(module_defaults) supplies this dict as a whole.
    type: dict
    suboptions: &connection
      hostname:
        description: Name or address of the cluster's management interface.
        type: str
      username:
        description: Who logs in.
        type: str
      password:
        description: The password of O(source.username).
        type: str
      cert_filepath:
        description: Path of a client certificate, instead of a password.
        type: path
      key_filepath:
        description: Path of the key of O(source.cert_filepath).
        type: path
      https:
        description: Whether to use HTTPS.
        type: bool
        default: true
      http_port:
        description: Port, if it is not the one of the scheme.
        type: int
      validate_certs:
        description: Whether the cluster's certificate must be trusted.
        type: bool
        default: true
      use_rest:
        description:
          - Which protocol to use. V(always) is REST and V(never) is ZAPI, which needs the Python libraries netapp-lib and lxml.
          - V(auto) takes REST where the release and the login allow it. A cluster that answers, but not so, is reached over
            ZAPI, and a warning says so; without the libraries there is no such choice.
        type: str
        choices: [auto, always, never]
        default: auto
      svm:
        description: The SVM.
        type: str
      backend:
        description: Name of the backend in messages; set where an inventory backend was named.
        type: str
  destination:
    description:
      - The SVM that holds the mirrors; as O(source), with environment variables E(ONTAP_DESTINATION_HOSTNAME) and so
        on.
    type: dict
    suboptions: *connection
notes:
  - An option that a module does not use is ignored, and that array is never contacted.
requirements:
  - requests
"""

    SELECTION = r"""
options:
  volumes:
    description:
      - The backend's own volume names, whatever the direction of their mirrors at the moment.
      - Each entry is a name, a shell glob, or C(~) followed by a regular expression that matches the whole name.
      - Globs see online read-write volumes only. They leave out the SVM's root volume, destinations of any
        relationship, load-sharing mirrors, FlexCaches, and clones made by this collection.
      - A name is never left out silently; it is refused with the reason.
    type: list
    elements: str
    default: ['*']
  source_svm:
    description:
      - Name of the source SVM where O(source) is not given. It selects mirrors by their source path; it is never a
        connection.
    type: str
  source_cluster:
    description:
      - Name of the source SVM's cluster. Needed only where two clusters have an SVM of the same name; read from
        O(source) if that is given.
    type: str
"""

    DIRECTION = r"""
options:
  named_by:
    description:
      - Which side's names O(volumes) are. V(source) is the usual direction; V(destination) is for mirrors that run
        back to the backend after a failover.
    type: str
    choices: [source, destination]
    default: source
"""

    RUN = r"""
options:
  timeout:
    description:
      - Seconds for the whole run, whatever the number of volumes, since all move side by side.
    type: int
    default: 300
  width:
    description: How many requests may be under way at once on each cluster.
    type: int
    default: 16
  report_dir:
    description:
      - Folder in which C(journal.jsonl) is appended to, one line per event, on disk before the array is asked.
        Nothing is written without it.
    type: path
  assume:
    description:
      - What the tasks before predicted (their RV(ignore:predicted)). Used in check mode only.
    type: dict
    default: {}
  lock:
    description:
      - Name of the backend that only one run may change at a time. Before its first write the module takes a lock on
        the target SVM, an empty export policy C(dm_lock_<backend>),
        which the tasks of the same run share and M(ontap.data_motion.replication_report) gives back. Nothing is
        locked without it.
    type: str
  lock_owner:
    description: Which run this task belongs to. Set by Ansible.
    type: str
  take_over_lock:
    description: Whether to go on although another run holds the lock, which is known to have died. A lock of a run
      that died on this machine is taken over anyway.
    type: bool
    default: false
"""

    ATTRIBUTES = r"""
attributes:
  check_mode:
    support: full
    description: Plans and shows, with the same plan and diff as the real run, and sends no write request.
  diff_mode:
    support: full
    description: Shows the properties that change, before and after.
  idempotent:
    support: full
    description: A second run changes nothing and sends no write request.
  action_group:
    support: full
    description: Use C(group/ontap.data_motion.ontap) in C(module_defaults) for all modules at once.
    membership: [ontap.data_motion.ontap]
"""
