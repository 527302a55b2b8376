"""Send the alerts that are due: after a refresh that failed, was refused or released, and on what sites owe.

The command line and the daemon both send their alerts here. Each overdue site is alerted on once, until it delivers
again (sent_log.py).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from orchestration.alerts import message, sent_log
from orchestration.alerts.message import Alert
from orchestration.alerts.sending import channels, send
from orchestration.alerts.settings import AlertSettings, read
from warehouse.archive import thread_log
from warehouse.archive.archive import Archive
from warehouse.intake.overdue_sites import overdue
from warehouse.queries.site_notes import (
    DRIFT,
    ORPHANED,
    REJECTED,
    SET_ASIDE,
    WAITING,
    Known,
    Note,
    known_notes,
    new_since,
    site_notes,
)
from warehouse.queries.threads import read_threads
from warehouse.redaction.erasure_list import unfinished
from warehouse.releases.new_ltp import lesions_with_new_ltp
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.connection import private_files, read_build
from warehouse.storage.errors import RegistryError, ReleaseUnknown
from warehouse.storage.home import Home
from warehouse.storage.lock import is_held

TOLD = "told"
"""File in erasure/: the unfinished erasure that has already been alerted on."""


def tell(home: Home, occasion: str, make: Callable[[AlertSettings], Alert | None]) -> list[str]:
    """Send the alert that `make` returns, if alerts.toml asks for it. Return problems as sentences; never raise."""

    def act(settings: AlertSettings) -> list[str]:
        alert = make(settings)
        return send(settings, alert) if alert is not None else []

    return _asked(home, occasion, act)


def _asked(home: Home, occasion: str, act: Callable[[AlertSettings], list[str]]) -> list[str]:
    """Call `act` if alerts.toml asks for the occasion and names a channel. Return problems as sentences."""
    try:
        settings = read(home)
        return act(settings) if occasion in settings.on and channels(settings) else []
    except RegistryError as error:
        return [f"No alert was sent: {error}"]
    except Exception as error:
        return [f"No alert was sent ({type(error).__name__})."]


def refresh_failed(home: Home, sentence: str) -> list[str]:
    """Alert on a failed refresh."""
    return tell(home, "failure", lambda _: message.failed(sentence))


def release_refused(home: Home, checks: Sequence[str]) -> list[str]:
    """Alert on a release that gates refused."""
    return tell(home, "refused", lambda _: message.refused(checks))


def released(home: Home, release_id: str) -> list[str]:
    """Alert on what is new in this release: deliveries that wait, deliveries that do not count, sites
    that drift, lesions with LTP.
    """
    return [
        *_of_notes(home, release_id, "waiting", (WAITING,), message.waiting),
        *_of_notes(home, release_id, "rejected", (REJECTED, SET_ASIDE, ORPHANED), message.rejected),
        *_of_notes(home, release_id, "drift", (DRIFT,), message.drift),
        *_new_ltp(home, release_id),
    ]


def _of_notes(
    home: Home, release_id: str, occasion: str, kinds: tuple[str, ...], say: Callable[[Sequence[Note]], Alert]
) -> list[str]:
    def make(_: AlertSettings) -> Alert | None:
        release = find_release(home, release_id)
        parent = release.manifest.get("parent_release")
        with open_release(release) as con:
            notes = new_since((note for note in site_notes(con) if note.kind in kinds), _known(home, parent))
        return say(notes) if notes else None

    return tell(home, occasion, make)


def _known(home: Home, release_id: str | None) -> Known:
    """Return what the previous release said."""
    if release_id is None:
        return Known()
    try:
        with open_release(find_release(home, release_id)) as con:
            return known_notes(con)
    except ReleaseUnknown:  # it was pruned
        return Known()


def _new_ltp(home: Home, release_id: str) -> list[str]:

    def make(settings: AlertSettings) -> Alert | None:
        keys = lesions_with_new_ltp(home, find_release(home, release_id))
        return message.new_ltp(release_id, keys, settings.with_keys) if keys else None

    return tell(home, "new_ltp", make)


def erasure_unfinished(home: Home) -> list[str]:
    """Alert once on an interrupted erasure; not on one that is still running."""
    sentence = unfinished(home)
    mark = home.erasure / TOLD
    if not sentence:
        mark.unlink(missing_ok=True)
        return []
    if is_held(home) or (mark.exists() and mark.read_text(encoding="utf-8") == sentence):
        return []

    problems = tell(home, "erasure", lambda _: message.erasure(sentence))
    if not problems:
        with private_files():
            mark.write_text(sentence, encoding="utf-8")
    return problems


def pulls_failed(home: Home, problems: Sequence[tuple[str, str]]) -> list[str]:
    """Alert on sources that could not be pulled, as (site/source, sentence)."""
    return tell(home, "pull", lambda _: message.pulls(problems))


def sites_overdue(home: Home, now: datetime | None = None) -> list[str]:
    """Alert on the sites that became overdue since the last call, separately for each channel."""
    return _asked(home, "overdue", lambda settings: _tell_each_channel(home, settings, now or datetime.now(UTC)))


def _tell_each_channel(home: Home, settings: AlertSettings, now: datetime) -> list[str]:
    late, problems = overdue(Archive(home), now), []
    senders = channels(settings)
    memory = sent_log.read(home, list(senders))
    due = {name: new for name, channel in memory.items() if (new := channel.due(late, now))}
    for name, new in due.items():
        problem = senders[name](message.late(new))
        memory[name].note(late, not problem, now)
        problems += [problem] if problem else []
    if due:
        sent_log.write(home, memory)
    return problems


def answers_overdue(home: Home, now: datetime | None = None) -> list[str]:
    """Alert on the sites that owe answers to questions, each at most once a day and channel."""
    return _asked(home, "questions", lambda settings: _remind(home, settings, now or datetime.now(UTC)))


def _remind(home: Home, settings: AlertSettings, now: datetime) -> list[str]:
    """Look at the sites with a due date in the past; the build database is opened only for those not looked at today.
    While a refresh runs, the next call looks.
    """
    events, today = thread_log.read(home), now.date()
    sites = {one.site for one in events if one.due and one.due < today.isoformat()}
    senders = channels(settings)
    memory = sent_log.read(home, list(senders))
    due = {name: new for name, channel in memory.items() if (new := channel.unreminded(sites, now))}
    if not due or not home.build_database.exists():
        return []
    try:
        with read_build(home) as con:
            late = [one for one in read_threads(con, events, today) if one.is_late]
    except RegistryError:  # a refresh runs, or an erasure has emptied the tables until the next one
        return []
    problems = []
    for name, unreminded in due.items():
        for site in sorted(unreminded):
            theirs = [one for one in late if one.site == site]
            problem = senders[name](message.questions(site, theirs)) if theirs else ""
            memory[name].note_reminded(site, not problem, now)
            problems += [problem] if problem else []
    sent_log.write(home, memory)
    return problems
