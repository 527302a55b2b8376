"""Deliveries add up as the contract says: the warehouse's history equals the plain-Python replay.

Every example holds many sites, each with its own story, so that a few refreshes test them all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.oracle.history import Arrival, History, replay, sorted_deliveries
from tests.properties.delivery_stories import MAX_ARRIVALS, Story, content, retractions, stories
from tests.warehouse.kit import Kit, csv_of, new_kit, row_of
from warehouse.archive import corrections
from warehouse.archive.archive import Archive
from warehouse.archive.corrections import MERGE, RETRACT
from warehouse.raw.row_numbers import LINE_BITS, LINE_MASK

SITES = 36
EXAMPLES = 1
EXAMPLES_LONG = 4
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # many small synced files: quicker off the disk
COUNTS = ("rows_received", "duplicate", "conflicting", "unchanged", "new", "changed", "keys_withdrawn")
MERGED = {"P2": "P1"}
PARENTS = csv_of([row_of("rfa_sessions", patient_id=patient) for patient in ("P1", "P2")])
REFRESHES = st.lists(st.booleans(), min_size=MAX_ARRIVALS, max_size=MAX_ARRIVALS)
SAME_EVERY_TIME = settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.generate,
    ],  # a failure names its site's story; shrinking the other sites takes minutes
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

TABLES = {
    "meta.loads": "load_id, arrived_at",
    "quality.ledger": "load_id",
    "quality.quarantine": "row_id, load_id, first_seen",
    "clean.patients": "row_id",
    "clean.genotypes": "row_id",
    "clean.imaging_followups": "row_id",
    "clean.rfa_sessions": "row_id",
}
"""The tables that a story determines; the columns beside each only say when or in which order files arrived."""


BOTH_ORDERS = given(st.lists(stories(), min_size=SITES, max_size=SITES), REFRESHES, REFRESHES)


def replay_agrees(told: list[Story], refreshes: list[bool], other_refreshes: list[bool]) -> None:
    """Play the stories, correct what they say, and compare with the replay; read the whole archive again, play the
    stories in another order, and compare the tables.
    """
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        with new_kit(Path(folder) / "one") as kit:
            tell(kit, told, lambda story: story.arrivals, refreshes)
            correct(kit, told)
            for number, story in enumerate(told):
                _assert_agrees(kit, _site(number), story)
            first = _tables(kit)
            kit.refresh(full=True)
            assert _tables(kit) == first
        with new_kit(Path(folder) / "other") as kit:
            tell(kit, told, lambda story: story.rearranged, other_refreshes)
            correct(kit, told)
            second = _tables(kit)
    for table in TABLES:
        assert first[table] == second[table], table


@pytest.mark.long
@BOTH_ORDERS
@SAME_EVERY_TIME
def test_the_history_is_what_the_replay_says_and_forgets_the_order_of_arrival(
    told: list[Story], refreshes: list[bool], other_refreshes: list[bool]
) -> None:
    """Counts, current rows, flags, quarantine and ledger equal the replay's, and the tables are the same after a
    rebuild from the archive, whatever the order of arrival and whenever refreshes happen.
    """
    assume(any(story != told[0] for story in told))  # all sites alike come first, and say little
    replay_agrees(told, refreshes, other_refreshes)


@pytest.mark.long
@BOTH_ORDERS
@settings(SAME_EVERY_TIME, max_examples=EXAMPLES_LONG)
def test_more_histories_are_what_the_replay_says(
    told: list[Story], refreshes: list[bool], other_refreshes: list[bool]
) -> None:
    """The same is true of more stories."""
    replay_agrees(told, refreshes, other_refreshes)


def _site(number: int) -> str:
    return f"site{number:02d}"


def tell(kit: Kit, told: list[Story], order: Callable[[Story], Sequence[Arrival]], refreshes: Sequence[bool]) -> None:
    """Deliver every site's files step by step; refresh when the example says so and at the end."""
    for number, story in enumerate(told):
        kit.deliver(_site(number), "rfa_sessions", "2024-06-01_s.csv", PARENTS)
        kit.configure(
            _site(number),
            f'[exports.{story.subject.export}]\nmode = "{story.mode}"\nmax_withdrawn = {story.max_withdrawn}\n',
        )
    for step, has_refresh in enumerate(refreshes):
        delivered = []
        for number, story in enumerate(told):
            if step < len(order(story)):
                arrival = order(story)[step]
                file = content(story.subject, arrival)
                delivered.append(kit.deliver(_site(number), story.subject.export, arrival.name, file))
        if has_refresh:
            kit.refresh()
        else:
            kit.land()
        for path in delivered:
            path.unlink()  # the archive holds it; a site may empty its folder
    kit.refresh()


def correct(kit: Kit, told: list[Story]) -> None:
    """Retract and merge what the stories say, undo some of it and do it again, and refresh."""
    arrivals = {(a.site, a.export, a.delivery): a for a in Archive(kit.home).arrivals}
    for number, story in enumerate(told):
        site, export = _site(number), story.subject.export
        lines = [{"action": MERGE, "old": old, "new": new} for old, new in MERGED.items() if story.is_merged]
        for delivery, key in retractions(story):
            sha256 = arrivals[site, export, delivery].sha256
            place = {"folder": export, "delivery": delivery, "sha256": sha256}
            lines.append({"action": RETRACT, "export": export, "key": tuple(map(str, key[1:])), **place})
        for line in lines:
            undone = [line | {"action": f"undo_{line['action']}"}, line] if number % 2 else []
            for one in [line, *undone]:
                corrections.record(kit.home, "A. Miller", site=site, reason="why", **one)
    kit.refresh()


def _assert_agrees(kit: Kit, site: str, story: Story) -> None:
    export = story.subject.export
    retracted, merged = retractions(story), MERGED if story.is_merged else {}
    expected = replay(story.subject.shape, story.arrivals, story.mode, story.max_withdrawn, retracted, merged)
    loads = kit.rows("SELECT * FROM meta.loads WHERE site = ? AND export = ?", site, export)
    found = {load["delivery"]: {name: load[name] for name in COUNTS} for load in loads if not load["reason"]}
    assert found == {d: {name: c[name] for name in COUNTS} for d, c in expected.counts.items()}, story
    for load in loads:
        assert load["reason"] is None or load["rows_received"] == 0

    assert _current_cells(kit, site, story) == expected.cells, story
    is_right = _judgement(story, expected)
    clean = kit.tuples(
        f"SELECT delivery, line, list_contains(flags, 'KEY-01') FROM clean.{export} "
        "WHERE site = ? AND line IS NOT NULL",
        site,
    )
    assert sorted(clean) == sorted((*p, f) for p, f in expected.current.items() if is_right[p]), story
    set_aside = kit.tuples(
        "SELECT DISTINCT delivery, line, rule_id = 'KEY-01' FROM quality.quarantine "
        "WHERE site = ? AND export = ? AND scope = 'row'",
        site,
        export,
    )
    wrong = [(*place, False) for place in expected.current if not is_right[place]]
    assert sorted(set_aside) == sorted([*wrong, *((*p, True) for p in expected.open_conflicts)]), story
    ledger = kit.tuples(
        "SELECT sum(current), sum(superseded), sum(withdrawn) FROM quality.ledger WHERE site = ? AND export = ?",
        site,
        export,
    )[0]
    assert [int(n or 0) for n in ledger] == [
        len(expected.current),
        len(expected.superseded),
        len(expected.withdrawn),
    ], story


def _current_cells(kit: Kit, site: str, story: Story) -> dict[tuple[str, int], tuple[str, ...]]:
    """The cells of each current row, in the form in which they are compared."""
    shape = story.subject.shape
    cells = ", ".join(
        f"lower(coalesce({c}, ''))" if c in shape.caseless else f"coalesce({c}, '')" for c in shape.columns
    )
    rows = kit.tuples(
        f"SELECT d.delivery, r.row_id & {LINE_MASK}, {cells} FROM raw.{story.subject.export}_current r "
        f"JOIN meta.deliveries d ON d.load_no = r.row_id >> {LINE_BITS} WHERE r.site = ?",
        site,
    )
    return {(delivery, line): tuple(told) for delivery, line, *told in rows}


def _judgement(story: Story, expected: History) -> dict[tuple[str, int], bool]:
    """Whether each current row passes every rule."""
    rows = {delivery: rows for delivery, rows, _ in sorted_deliveries(story.arrivals)}
    return {(d, line): story.subject.is_right(dict(rows[d][line - 1])) for d, line in expected.current}


def _tables(kit: Kit) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: kit.tuples(f"SELECT * EXCLUDE ({without}) FROM {table} ORDER BY ALL")
        for table, without in TABLES.items()
    }
