# Copyright: Contributors to the ontap.data_motion project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job schedules of a cluster."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from .ids import Ids


@dataclass(frozen=True)
class Schedule:
    """A cron schedule in UTC; an empty field means every value. weekdays: 0 is Sunday. interval_s: not cron."""

    uuid: str
    name: str
    minutes: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    interval_s: int | None = None

    def next_after(self, moment: float) -> float:
        """The first time later than *moment*, in seconds since the epoch."""
        if self.interval_s is not None:
            return (moment // self.interval_s + 1) * self.interval_s
        at = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).replace(second=0, microsecond=0)
        at += datetime.timedelta(minutes=1)
        while not self._day_fits(at):
            at = (at + datetime.timedelta(days=1)).replace(hour=0, minute=0)
        hours = self.hours or tuple(range(24))
        minutes = self.minutes or tuple(range(60))
        for hour in sorted(hours):
            for minute in sorted(minutes):
                if (hour, minute) >= (at.hour, at.minute):
                    return at.replace(hour=hour, minute=minute).timestamp()
        tomorrow = (at + datetime.timedelta(days=1)).replace(hour=0, minute=0)
        return self.next_after(tomorrow.timestamp() - 60)

    def _day_fits(self, at: datetime.datetime) -> bool:
        return (not self.days or at.day in self.days) and (not self.weekdays or at.isoweekday() % 7 in self.weekdays)


_BUILTIN = (
    ("5min", {"minutes": tuple(range(0, 60, 5))}),
    ("10min", {"minutes": tuple(range(0, 60, 10))}),
    ("hourly", {"minutes": (5,)}),
    ("8hour", {"minutes": (15,), "hours": (2, 10, 18)}),
    ("daily", {"minutes": (10,), "hours": (0,)}),
    ("weekly", {"minutes": (15,), "hours": (0,), "weekdays": (0,)}),
    ("monthly", {"minutes": (20,), "hours": (0,), "days": (1,)}),
    ("pg-6-hour", {"minutes": (3,), "hours": (2, 8, 14, 20)}),
    ("pg-daily", {"minutes": (10,), "hours": (0,)}),
    ("pg-hourly", {"minutes": (7,)}),
    ("Auto Balance Aggregate Scheduler", {"interval_s": 3600}),
)


def builtin_schedules(ids: Ids) -> dict[str, Schedule]:
    return {name: Schedule(ids.new("schedule"), name, **fields) for name, fields in _BUILTIN}
