"""Word the alerts: counts, rule ids, names of checks and sites; keys only if alerts.toml asks. Never a value."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.intake.overdue_sites import Overdue
from warehouse.queries.site_notes import Note
from warehouse.queries.threads import Thread

LINES = 50
"""At most this many keys or notes are listed in an alert; the rest are counted."""


@dataclass(frozen=True)
class Alert:
    """One alert: its occasion, a one-line title, and further lines."""

    occasion: str
    title: str
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The title and the lines as one text."""
        return "\n".join((self.title, "", *self.lines)).strip() + "\n"


def failed(sentence: str) -> Alert:
    """Word the failure of a refresh; `sentence` says what is wrong and the cure."""
    return Alert("failure", "Registry: the refresh failed", (sentence, "Readers keep the release they had."))


def refused(checks: Sequence[str]) -> Alert:
    """Word the refusal of a release by gates; `checks` are their names."""
    lines = (*(f"Refused by {check}" for check in checks), "Readers keep the release they had.")
    return Alert("refused", f"Registry: a gate refused the release ({len(checks)})", lines)


def late(sites: Sequence[Overdue]) -> Alert:
    """List the overdue sites."""
    lines = tuple(f"{one.place}: {one.sentence}" for one in sites)
    return Alert("overdue", f"Registry: deliveries are overdue ({len(sites)})", lines)


def erasure(sentence: str) -> Alert:
    """Word that an erasure was interrupted and has not been finished."""
    return Alert("erasure", "Registry: an erasure is unfinished", (sentence,))


def pulls(problems: Sequence[tuple[str, str]]) -> Alert:
    """List the sources that could not be pulled, as (site/source, sentence)."""
    lines = tuple(f"{place}: {sentence}" for place, sentence in problems)
    return Alert("pull", f"Registry: pulls failed ({len(problems)})", lines)


def waiting(notes: Sequence[Note]) -> Alert:
    """List the deliveries that wait for confirmation."""
    return _listing("waiting", "deliveries wait for confirmation", notes)


def rejected(notes: Sequence[Note]) -> Alert:
    """List the deliveries that do not count: rejected or set aside, or with no row that matches a session."""
    return _listing("rejected", "deliveries that do not count", notes)


def drift(notes: Sequence[Note]) -> Alert:
    """List the shares of sites that are beyond their limits."""
    return _listing("drift", "sites drift", notes)


def _listing(occasion: str, what: str, notes: Sequence[Note]) -> Alert:
    lines = [f"{note.place}: {note.sentence}" for note in notes[:LINES]]
    lines += [f"{len(notes) - LINES:,} more are not listed."] if len(notes) > LINES else []
    return Alert(occasion, f"Registry: {what} ({len(notes):,})", tuple(lines))


def questions(site: str, threads: Sequence[Thread]) -> Alert:
    """Count by rule the questions whose answer the site owes, and name who looks after them."""
    by_rule: dict[str, list[Thread]] = defaultdict(list)
    for one in threads:
        by_rule[one.rule_id].append(one)
    lines = []
    for rule_id, theirs in sorted(by_rule.items()):
        who = sorted({one.assignee for one in theirs if one.assignee})
        since = min(one.due for one in theirs if one.due)
        assigned = f", assigned to {', '.join(who)}" if who else ""
        lines.append(f"{rule_id}: {len(theirs):,} due since {since}{assigned}")
    lines.append(f"`registry questions {site} --late` lists them.")
    return Alert("questions", f"Registry: answers of {site} are overdue ({len(threads):,})", tuple(lines))


def new_ltp(release_id: str, keys: Sequence[tuple[str, str, str]], with_keys: bool) -> Alert:
    """Count by site the lesions, as (site, patient_id, lesion_id), that have LTP for the first time in this release."""
    by_site = Counter(site for site, *_ in keys)
    lines = [f"Release {release_id}", *(f"{site}: {n:,}" for site, n in sorted(by_site.items()))]
    if with_keys:
        lines += [" ".join(key) for key in keys[:LINES]]
        lines += [f"{len(keys) - LINES:,} more are not listed."] if len(keys) > LINES else []
    return Alert("new_ltp", f"Registry: lesions with new LTP ({len(keys):,})", tuple(lines))


def test() -> Alert:
    """Word the alert that `registry alerts test` sends."""
    return Alert("test", "Registry: a test of the alerts", ("This is a test. Nothing is wrong.",))
