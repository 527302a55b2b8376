"""What an alert says: counts, rule ids, names of checks, sites; keys where asked for. Never a value.

What belongs here: words. What does not: when they are said (triggers.py).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.intake.overdue_sites import Overdue
from warehouse.queries.site_notes import Note

LINES = 50
"""So many lines of keys an alert holds; the rest is counted."""


@dataclass(frozen=True)
class Alert:
    """One alert: its occasion, a title of one line, and more lines."""

    occasion: str
    title: str
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole as text."""
        return "\n".join((self.title, "", *self.lines)).strip() + "\n"


def failed(sentence: str) -> Alert:
    """A refresh failed; `sentence` names what and the cure."""
    return Alert("failure", "Registry: the refresh failed", (sentence, "Readers keep the release they had."))


def refused(checks: Sequence[str]) -> Alert:
    """Gates refused a release; the names of the checks."""
    lines = (*(f"Refused by {check}" for check in checks), "Readers keep the release they had.")
    return Alert("refused", f"Registry: a gate refused the release ({len(checks)})", lines)


def late(sites: Sequence[Overdue]) -> Alert:
    """Sites are overdue."""
    lines = tuple(f"{one.place}: {one.sentence}" for one in sites)
    return Alert("overdue", f"Registry: deliveries are overdue ({len(sites)})", lines)


def erasure(sentence: str) -> Alert:
    """An erasure died and nothing has finished it."""
    return Alert("erasure", "Registry: an erasure is unfinished", (sentence,))


def waiting(notes: Sequence[Note]) -> Alert:
    """Deliveries that wait for somebody to confirm them."""
    lines = [f"{note.place}: {note.sentence}" for note in notes[:LINES]]
    lines += [f"{len(notes) - LINES:,} more are not listed."] if len(notes) > LINES else []
    return Alert("waiting", f"Registry: deliveries wait for confirmation ({len(notes):,})", tuple(lines))


def rejected(notes: Sequence[Note]) -> Alert:
    """Deliveries of which nothing counts: rejected ones, and exports that hang on no session."""
    lines = [f"{note.place}: {note.sentence}" for note in notes[:LINES]]
    lines += [f"{len(notes) - LINES:,} more are not listed."] if len(notes) > LINES else []
    return Alert("rejected", f"Registry: deliveries of which nothing counts ({len(notes):,})", tuple(lines))


def new_ltp(release_id: str, keys: Sequence[tuple[str, str, str]], with_keys: bool) -> Alert:
    """Lesions, as (site, patient_id, lesion_id), that have LTP since this release."""
    by_site = Counter(site for site, *_ in keys)
    lines = [f"Release {release_id}", *(f"{site}: {n:,}" for site, n in sorted(by_site.items()))]
    if with_keys:
        lines += [" ".join(key) for key in keys[:LINES]]
        lines += [f"{len(keys) - LINES:,} more are not listed."] if len(keys) > LINES else []
    return Alert("new_ltp", f"Registry: lesions with new LTP ({len(keys):,})", tuple(lines))


def test() -> Alert:
    """What `registry alerts test` sends."""
    return Alert("test", "Registry: a test of the alerts", ("This is a test. Nothing is wrong.",))
