"""Draws random stories of deliveries: what sites send and in which order (hypothesis strategies).

What must be true of a story is in `test_history_agrees`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

from hypothesis import strategies as st

from tests.oracle.history import Arrival, Key, Shape, comparable_cells, key_of, sorted_deliveries
from tests.warehouse.kit import csv_of, row_of

MAX_ARRIVALS = 5
MOST_DIFFERENT_ROWS = 6
"""A story has at most this many different rows, so that its deliveries share keys."""
NAMES = ("2024-06-28_x.csv", "2024-06-29_x.csv", "2024-06-30_x.csv")
UNREADABLE = b"\0\1\2"


@dataclass(frozen=True)
class Subject:
    """An export in the stories: its shape, the rows that can occur, and which of them pass every rule."""

    export: str
    shape: Shape
    rows: tuple[dict[str, str], ...] = field(repr=False)
    is_right: Callable[[dict[str, str]], bool]
    may_lack: tuple[str, ...]


def _subject(
    export: str,
    key: tuple[str, ...],
    required_key: tuple[str, ...],
    caseless: tuple[str, ...],
    rows: list[dict[str, str]],
    is_right: Callable[[dict[str, str]], bool],
    may_lack: tuple[str, ...],
) -> Subject:
    columns = tuple(rows[0])
    assert all(tuple(row) == columns for row in rows)
    return Subject(export, Shape(columns, key, required_key, caseless), tuple(rows), is_right, may_lack)


SUBJECTS = (
    _subject(
        "patients",
        ("patient_id",),
        ("patient_id",),
        ("sex",),
        [
            row_of("patients", patient_id=patient, sex=sex, birth_year=year)
            for patient in ("P1", "P2", "p1", "")
            for sex, year in (("female", "1950"), (" FEMALE", "1950"), ("male", "1950"), ("", "1950"), ("x", ""))
        ],
        lambda row: row["patient_id"] != "",
        ("sex", "birth_year"),
    ),
    _subject(
        "genotypes",
        ("patient_id", "specimen_id", "gene", "variant"),
        ("patient_id", "specimen_id", "gene"),
        ("specimen_site", "gene", "result"),
        [
            row_of(
                "genotypes",
                patient_id="P1",
                gene=gene,
                variant=variant,
                specimen_site=place,
                result="mutant",
                vaf_percent=vaf,
            )
            for gene in ("KRAS", "kras", "NRAS", "")
            for variant in ("", "p.G12D")
            for place in ("primary", "Primary ", "ctdna", "moon")
            for vaf in ("12", "")
        ],
        lambda row: row["gene"] != "" and row["specimen_site"] != "moon",
        ("variant", "vaf_percent"),
    ),
    _subject(
        "imaging_followups",
        ("patient_id", "exam_id", "lesion_id"),
        ("patient_id", "exam_id"),
        ("modality", "contrast_enhanced", "lesion_status"),
        [
            row_of("imaging_followups", patient_id=patient, lesion_id=lesion, modality=modality, lesion_status=status)
            for patient in ("P1", "P2", "")
            for lesion in ("L1", "")
            for modality in ("ct", "CT", "mr", "camera")
            for status in ("no_viable", "")
        ],
        lambda row: row["patient_id"] != "" and row["modality"] != "camera",
        ("lesion_id", "lesion_status"),
    ),
)


@dataclass(frozen=True)
class Story:
    """One site's story: what it delivers, in which mode, in the order of arrival, and the same in another order.

    `retracted` has numbers of deliveries and rows (modulo how many there are) whose keys are retracted in the end;
    `is_merged`: P2 is then read as P1.
    """

    subject: Subject
    mode: str
    max_withdrawn: float
    arrivals: tuple[Arrival, ...]
    rearranged: tuple[Arrival, ...]
    retracted: tuple[tuple[int, int], ...] = ()
    is_merged: bool = False


def content(subject: Subject, arrival: Arrival) -> bytes:
    """The file's bytes."""
    if arrival.rows is None:
        return UNREADABLE
    if not arrival.rows:
        return (",".join(c for c in subject.shape.columns if c not in arrival.lacks) + "\n").encode()
    return csv_of(list(arrival.rows)).encode()


@st.composite
def stories(draw: st.DrawFn, max_rows: int = 4) -> Story:
    """Draw one site's story with few keys, values and names."""
    subject = draw(st.sampled_from(SUBJECTS))
    row = st.sampled_from(draw(st.lists(st.sampled_from(subject.rows), min_size=1, max_size=MOST_DIFFERENT_ROWS)))
    rows = st.one_of(*[st.lists(row, max_size=max_rows)] * 7, st.none())
    lacks = st.sampled_from([frozenset(few) for n in range(3) for few in combinations(subject.may_lack, n)])
    arrival = st.builds(_arrival, st.sampled_from(NAMES), rows, lacks)
    arrivals = tuple(draw(st.lists(arrival, min_size=1, max_size=MAX_ARRIVALS)))
    mode, most = draw(st.sampled_from((("delta", 0.2), ("snapshot", 0.2), ("snapshot", 1.0))))
    places = st.tuples(st.integers(0, MAX_ARRIVALS), st.integers(0, max_rows))
    retracted = tuple(draw(st.lists(places, max_size=2)))
    return Story(subject, mode, most, arrivals, _rearranged(draw, arrivals), retracted, draw(st.booleans()))


def _arrival(name: str, rows: list[dict[str, str]] | None, lacks: frozenset[str]) -> Arrival:
    """The arrival, with rows that lack its missing columns; an unreadable file has no known columns."""
    if rows is None:
        return Arrival(name, None)
    return Arrival(name, [{c: cell for c, cell in row.items() if c not in lacks} for row in rows], lacks)


def _rearranged(draw: st.DrawFn, arrivals: tuple[Arrival, ...]) -> tuple[Arrival, ...]:
    """The arrivals in another order, except that arrivals of one name keep theirs: the last one of a name counts."""
    names = draw(st.permutations([arrival.name for arrival in arrivals]))
    of_name = {name: iter([a for a in arrivals if a.name == name]) for name in names}
    return tuple(next(of_name[name]) for name in names)


def retractions(story: Story) -> list[tuple[str, Key]]:
    """The deliveries and keys, as delivered, that are retracted in the end."""
    deliveries = [one for one in sorted_deliveries(story.arrivals) if one[1]]
    found = []
    for delivery_no, row_no in story.retracted if deliveries else ():
        delivery, rows, _ = deliveries[delivery_no % len(deliveries)]
        row = rows[row_no % len(rows)]
        key = key_of(story.subject.shape, row, comparable_cells(story.subject.shape, row))
        found += [(delivery, key)] if key[0] == "key" else []
    return found
