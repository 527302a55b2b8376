"""Settings of a deployment, from the environment; each with its default.

What belongs here: names and defaults. What does not: settings of one site (site.toml).
"""

import os
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warehouse.errors import RegistryError

NIGHTLY_CRON = "0 2 * * *"
TIME_ZONE_VARIABLE = "REGISTRY_TIME_ZONE"
DEFAULT_TIME_ZONE = "UTC"
CRON_VARIABLE = "REGISTRY_NIGHTLY_CRON"


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
