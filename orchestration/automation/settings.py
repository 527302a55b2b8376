"""Read a deployment's settings from the environment, each with a default."""

import os
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warehouse.storage.errors import RegistryError

NIGHTLY_CRON = "0 2 * * *"
TIME_ZONE_VARIABLE = "REGISTRY_TIME_ZONE"
DEFAULT_TIME_ZONE = "UTC"
CRON_VARIABLE = "REGISTRY_NIGHTLY_CRON"
QUIET_VARIABLE, QUIET_SECONDS = "REGISTRY_QUIET_SECONDS", 10
"""A file that has not changed for this many seconds counts as completely written."""
WATCH_VARIABLE, WATCH_SECONDS = "REGISTRY_WATCH_SECONDS", 15
"""The sensors' intervals are multiples of it, those of `automation` and `deliveries` a third and a fifth; the daemon's
own is 5 s."""
WAIT_VARIABLE, WAIT_MINUTES = "REGISTRY_WAIT_MINUTES", 60
"""How long a run of the daemon waits for a refresh from the command line to end."""
PULL_VARIABLE, PULL_MINUTES = "REGISTRY_PULL_MINUTES", 60
"""How often the sensor `pulls`, once it is started, asks the APIs."""
RUNS_VARIABLE, RUN_DAYS = "REGISTRY_RUN_HISTORY_DAYS", 180
"""How long Dagster's history keeps a run."""


def time_zone() -> str:
    """Return the nightly schedule's time zone, an IANA name such as Europe/Berlin. Raises RegistryError if unknown."""
    name = os.environ.get(TIME_ZONE_VARIABLE) or DEFAULT_TIME_ZONE
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RegistryError(
            f"{TIME_ZONE_VARIABLE} is {name!r}, which is not a time zone.", "Use an IANA name such as Europe/Berlin."
        ) from None
    return name


def nightly_cron() -> str:
    """Return the nightly refresh's cron line; 02:00 by default. Raises RegistryError if it has not five fields."""
    line = os.environ.get(CRON_VARIABLE) or NIGHTLY_CRON
    if len(line.split()) != 5:
        raise RegistryError(
            f"{CRON_VARIABLE} is not a cron line of five fields.", f"Write it like '{NIGHTLY_CRON}', or unset it."
        )
    return line


def watch_seconds(times: int = 1) -> int:
    """Return `times` the sensors' basic interval in seconds. Raises RegistryError if the variable is not a number."""
    return times * number(WATCH_VARIABLE, WATCH_SECONDS)


def number(variable: str, default: int) -> int:
    """Return the number that the environment sets, or the default. Raises RegistryError if it is below 1."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise RegistryError(f"{variable} is not a whole number above 0.", f"Write it like {default}, or unset it.")
    return int(text)
