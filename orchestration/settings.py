"""Settings of a deployment, from the environment; each with its default.

What belongs here: names and defaults. What does not: settings of one site (site.toml).
"""

import os

NIGHTLY_CRON = "0 2 * * *"
TIME_ZONE_VARIABLE = "REGISTRY_TIME_ZONE"
DEFAULT_TIME_ZONE = "UTC"
CRON_VARIABLE = "REGISTRY_NIGHTLY_CRON"


def time_zone() -> str:
    """Time zone of the nightly schedule, an IANA name such as Europe/Berlin."""
    return os.environ.get(TIME_ZONE_VARIABLE) or DEFAULT_TIME_ZONE


def nightly_cron() -> str:
    """When the nightly refresh runs, as a cron line; 02:00 by default."""
    return os.environ.get(CRON_VARIABLE) or NIGHTLY_CRON
