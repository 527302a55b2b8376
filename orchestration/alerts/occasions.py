"""When an alert is due: after a refresh that failed, was refused or released, and when a site became overdue.

What belongs here: putting settings, words and sending together; both the command line and the daemon come through here.
Each overdue site is told of once, until something came from it: what was told stands in warehouse/alerts_sent.json.
"""

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from orchestration.alerts import message
from orchestration.alerts.message import Alert
from orchestration.alerts.sending import send
from orchestration.alerts.settings import AlertSettings, read
from warehouse.archive import Archive
from warehouse.connection import private_files
from warehouse.errors import RegistryError
from warehouse.home import Home
from warehouse.new_ltp import lesions_with_new_ltp
from warehouse.overdue import overdue
from warehouse.releases import find_release

SENT = "alerts_sent.json"


def tell(home: Home, occasion: str, make: Callable[[AlertSettings], Alert | None]) -> list[str]:
    """Send the alert that `make` gives, if alerts.toml asks for the occasion; problems as sentences. Never raises."""
    try:
        settings = read(home)
        if occasion not in settings.on or (settings.email is None and settings.webhook is None):
            return []
        alert = make(settings)
        return send(settings, alert) if alert is not None else []
    except RegistryError as error:
        return [f"No alert was sent: {error}"]
    except Exception as error:
        return [f"No alert was sent ({type(error).__name__})."]


def refresh_failed(home: Home, sentence: str) -> list[str]:
    """Tell of a refresh that failed."""
    return tell(home, "failure", lambda _: message.failed(sentence))


def release_refused(home: Home, checks: Sequence[str]) -> list[str]:
    """Tell of gates that refused a release."""
    return tell(home, "refused", lambda _: message.refused(checks))


def released(home: Home, release_id: str) -> list[str]:
    """Tell of lesions that have LTP since this release, if there are any."""

    def make(settings: AlertSettings) -> Alert | None:
        keys = lesions_with_new_ltp(home, find_release(home, release_id))
        return message.new_ltp(release_id, keys, settings.with_keys) if keys else None

    return tell(home, "new_ltp", make)


def sites_overdue(home: Home, now: datetime | None = None) -> list[str]:
    """Tell of sites that became overdue since the last time that this was asked."""
    file = home.warehouse / SENT
    told: list[list[str]] = []

    def make(_: AlertSettings) -> Alert | None:
        late = overdue(Archive(home), now or datetime.now(UTC))
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = []
        told.extend([one.site, one.export, one.newest] for one in late)
        new = [one for one in late if [one.site, one.export, one.newest] not in known]
        return message.late(new) if new else None

    problems = tell(home, "overdue", make)
    if not problems and told:
        with private_files():
            draft = file.with_suffix(".new")
            draft.write_text(json.dumps(told), encoding="utf-8")
            os.replace(draft, file)
    return problems
