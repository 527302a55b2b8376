"""Settings of a deployment, from the environment; each with its default.

What belongs here: names and defaults. What does not: settings of one site (site.toml).
"""

import os
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warehouse.storage.errors import RegistryError

NIGHTLY_CRON = "0 2 * * *"
TIME_ZONE_VARIABLE = "REGISTRY_TIME_ZONE"
DEFAULT_TIME_ZONE = "UTC"
CRON_VARIABLE = "REGISTRY_NIGHTLY_CRON"
QUIET_VARIABLE, QUIET_SECONDS = "REGISTRY_QUIET_SECONDS", 10
"""A file that has not changed for so long is not being written any more."""
WATCH_VARIABLE, WATCH_SECONDS = "REGISTRY_WATCH_SECONDS", 15
"""So often `deliveries` looks, at most; the other sensors look at a multiple of it."""
WAIT_VARIABLE, WAIT_MINUTES = "REGISTRY_WAIT_MINUTES", 60
"""So long a run of the daemon waits for the end of a refresh from the command line."""
RUNS_VARIABLE, RUN_DAYS = "REGISTRY_RUN_HISTORY_DAYS", 180
"""So long Dagster's history keeps a run."""


def time_zone() -> str:
    """Time zone of the nightly schedule, an IANA name such as Europe/Berlin. RegistryError where there is none such."""
    name = os.environ.get(TIME_ZONE_VARIABLE) or DEFAULT_TIME_ZONE
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RegistryError(
            f"{TIME_ZONE_VARIABLE} is {name!r}, which is no time zone.", "Use an IANA name such as Europe/Berlin."
        ) from None
    return name


def nightly_cron() -> str:
    """When the nightly refresh runs, as a cron line; 02:00 by default. RegistryError where it is none."""
    line = os.environ.get(CRON_VARIABLE) or NIGHTLY_CRON
    if len(line.split()) != 5:
        raise RegistryError(
            f"{CRON_VARIABLE} is not a cron line of five parts.", f"Write it like '{NIGHTLY_CRON}', or unset it."
        )
    return line


def watch_seconds(times: int = 1) -> int:
    """So many times the seconds between two looks of `deliveries`. RegistryError where the variable is no number."""
    return times * number(WATCH_VARIABLE, WATCH_SECONDS)


def number(variable: str, default: int) -> int:
    """The number that the environment sets, at least 1; else the default. RegistryError where it is none."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise RegistryError(f"{variable} is not a whole number from 1.", f"Write it like {default}, or unset it.")
    return int(text)
