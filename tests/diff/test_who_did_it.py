"""What the note names as the cause of a moved endpoint, for every way in which one can move.

It also checks the factor to which the patients are counted. What moved, and by how much, is in test_scenarios.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from analysis.report.output.markdown import markdown
from analysis.report.sections.morning_note_keys import build
from tests.diff.two_releases import OLDER, RegistryUnderTest, patient
from tests.quality.site_at_work import Sheet
from tests.warehouse.kit import SITE, row_of
from warehouse.derived import derive
from warehouse.queries.open_entries import open_entries
from warehouse.queries.query_sheet import write_sheet
from warehouse.releases.release import Release

NEW = "2024-06-20_new.csv"
EXAM = {"exam_id": "E9", "exam_date": "2021-09-01"}
DEATH = {"vital_status": "dead", "death_date": "2021-07-01", "death_cause": "cancer"}
SNAPSHOT = '[exports.imaging_followups]\nmode = "snapshot"\n'


def exam(registry: RegistryUnderTest, number: int, **cells: str) -> None:
    """Deliver one exam of the patient."""
    row = row_of("imaging_followups", patient_id=f"P{number:02d}", **{**EXAM, **cells})
    registry.deliver("imaging_followups", NEW, row)


def with_deaths(registry: RegistryUnderTest) -> None:
    """The old patients file, in which P02 has died."""
    rows = (row_of("patients", patient_id="P02", **DEATH), row_of("patients", patient_id="P04"))
    registry.deliver("patients", "2024-06-01_patients.csv", *rows)


def all_exams(but: tuple[str, str] | None = None) -> list[dict[str, str]]:
    """The exams of all patients except the exam `but`."""
    rows = [row for number in range(1, 25) for row in patient(number)["imaging_followups"]]
    return [row for row in rows if (row["patient_id"], row["exam_id"]) != but]


def nothing(registry: RegistryUnderTest) -> None:
    """Deliver nothing before the first release but the base."""


def small_death(registry: RegistryUnderTest) -> None:
    """Deliver another death date in a later patients file."""
    registry.deliver("patients", NEW, row_of("patients", patient_id="P02", **(DEATH | {"death_date": "2021-08-01"})))


def answer_sheet(registry: RegistryUnderTest, rule: str, answer: str, corrected: str | None) -> None:
    """Let the site answer its one query about the rule."""
    path = registry.kit.home.root / "asked.xlsx"
    write_sheet(path, SITE, "a release", open_entries(registry.kit.con, SITE))
    sheet, folder = Sheet(path), registry.kit.home.landing / SITE / "answers"
    sheet.answer(rule, answer, corrected)
    folder.mkdir(parents=True, exist_ok=True)
    sheet.book.save(folder / "answered.xlsx")


Step = Callable[[RegistryUnderTest], None]
WAYS: dict[str, tuple[Step, Step, str, tuple[str, str], str]] = {
    "a new exam": (nothing, lambda r: exam(r, 4), "P04", ("imaging_followups", NEW), "followed"),
    "a new exam that voids a death": (
        with_deaths, lambda r: exam(r, 2), "P02", ("imaging_followups", NEW), "followed",
    ),
    "a corrected exam": (
        nothing, lambda r: exam(r, 3, exam_id="E2", exam_date="2020-10-02", lesion_status="ltp"), "P03",
        ("imaging_followups", NEW), "corrected",
    ),
    "a withdrawn exam": (
        lambda r: r.kit.configure(SITE, SNAPSHOT),
        lambda r: r.deliver("imaging_followups", NEW, *all_exams(("P03", "E2"))), "P03",
        ("imaging_followups", NEW), "corrected",
    ),
    "a row set aside by a correction": (
        nothing, lambda r: exam(r, 3, exam_id="E2", exam_date="2019-01-01"), "P03",
        ("imaging_followups", NEW), "corrected",
    ),
    "another day of a death": (with_deaths, small_death, "P02", ("patients", NEW), "corrected"),
    "a death of a patient who was alive": (
        lambda r: r.deliver("patients", "2024-06-01_patients.csv", row_of("patients", patient_id="P02")),
        lambda r: r.deliver("patients", NEW, row_of("patients", patient_id="P02", **DEATH)), "P02",
        ("patients", NEW), "followed",
    ),
    "a new lesion": (
        nothing, lambda r: r.deliver("rfa_sessions", NEW, row_of(
            "rfa_sessions", patient_id="P03", session_id="S9", session_date="2019-12-01", lesion_id="L1")), "P03",
        ("rfa_sessions", NEW), "followed",
    ),
}  # fmt: skip
"""Way -> before the first release, before the second, the patient, the export and delivery to name, the factor."""
QUICK = ("a new exam", "a withdrawn exam")


@pytest.mark.parametrize("way", [way if way in QUICK else pytest.param(way, marks=pytest.mark.long) for way in WAYS])
@pytest.mark.long
def test_the_delivery_that_came_is_named(request: pytest.FixtureRequest, way: str) -> None:
    """However an endpoint moves, the delivery that arrived between the releases is named as the cause, and the patient
    counts to the right factor: new exams are new follow-up, not corrected data.
    """
    first, second, name, cause, factor = WAYS[way]
    if first is nothing:
        registry, before = request.getfixturevalue("released"), request.getfixturevalue("before")
    else:
        registry = request.getfixturevalue("registry")
        first(registry)
        before = registry.release()
    second(registry)
    note = registry.note(before, registry.release())
    moved = [row for row in note.endpoints if row["patient_id"] == name]
    assert moved, note.endpoints
    assert {(row["export"], row["delivery"]) for row in moved} == {cause}
    if factor:
        counts = {k: note.patients_moved[k] for k in ("corrected", "followed", "new")}
        assert counts == {"corrected": 0, "followed": 0, "new": 0, factor: 1}
        for movement in note.movements:
            assert movement.parts is None or not any(v for k, v in movement.parts.items() if k != factor)


@pytest.mark.long
def test_genotypes_added_move_no_endpoint(released: RegistryUnderTest, before: Release) -> None:
    """A specimen of a known patient is new follow-up: no endpoint moves, but the estimates by genotype do."""
    gene = {"patient_id": "P03", "gene": "KRAS", "result": "mutant", "specimen_id": "X9"}
    released.deliver("genotypes", NEW, row_of("genotypes", **gene, specimen_site="liver_metastasis"))
    note = released.note(before, released.release())
    assert note.endpoints == [] and note.patients_moved["followed"] == 1 == note.totals["deliveries"]
    moved = [m for m in note.movements if m.total]
    assert moved and all(m.parts is not None and m.parts["followed"] == m.total for m in moved)


@pytest.mark.parametrize("answer", ["correct", pytest.param("confirm", marks=pytest.mark.long)])
@pytest.mark.long
def test_a_patient_freed_by_an_answer_is_not_new(registry: RegistryUnderTest, answer: str) -> None:
    """A patient who was set aside counts as known: freed by an answered sheet, they are a correction by that sheet. The
    note says where the sheet lies.
    """
    (broken,) = patient(3, max_diameter_mm="250")["rfa_sessions"]
    registry.deliver("rfa_sessions", "2024-06-02_broken.csv", broken)
    before = registry.release()
    answer_sheet(registry, "LES-03", answer, "22" if answer == "correct" else None)
    note = registry.note(before, registry.release())
    assert note.patients_moved["new"] == 0 and note.patients_moved["corrected"] == 1
    assert all(m.parts is None or not m.parts["new"] for m in note.movements)
    text = markdown(build(note))
    assert f"{SITE}/answers/answered.xlsx" in text and "rfa_sessions/answered.xlsx" not in text


@pytest.mark.long
def test_an_exception(registry: RegistryUnderTest) -> None:
    """A lesion that an exception lets in moves its patient; no delivery arrived, so exceptions.toml is named."""
    second = {"patient_id": "P02", "session_id": "S2", "session_date": "2019-11-01", "lesion_id": "L2"}
    registry.deliver("rfa_sessions", "2024-06-02_more.csv", row_of("rfa_sessions", **second, max_diameter_mm="250"))
    before = registry.release()
    note = '[[exception]]\nrule = "LES-03"\nreason = "seen"\nby = "A"\nuntil = 2030-01-01\n'
    (registry.kit.home.root / "exceptions.toml").write_text(note, encoding="utf-8")
    after = registry.release()
    assert registry.kit.problems == [] and registry.kit.value("SELECT problem FROM meta.exceptions_file") is None
    before.manifest["exceptions"], after.manifest["exceptions"] = {"sha256": None}, {"sha256": "x"}
    note_of = registry.note(before, after)
    assert note_of.endpoints and {row["patient_id"] for row in note_of.endpoints} == {"P02"}
    assert {(row["delivery"], row["why"]) for row in note_of.endpoints} == {(None, "changed exceptions.toml")}


@pytest.mark.long
def test_a_new_patient_is_new(released: RegistryUnderTest, before: Release) -> None:
    """A patient who was never delivered before is new, and nobody else moves."""
    released.deliver_patients(NEW, 25)
    note = released.note(before, released.release())
    assert {k: note.patients_moved[k] for k in ("corrected", "followed", "new")} == {
        "corrected": 0, "followed": 0, "new": 1,
    }  # fmt: skip


@pytest.mark.long
def test_another_mode_in_site_toml(registry: RegistryUnderTest) -> None:
    """If an old file now counts as a snapshot and withdraws rows without a new delivery, site.toml is named."""
    registry.deliver("imaging_followups", "2024-06-02_all_but_one.csv", *all_exams(("P03", "E2")))
    before = registry.release()
    registry.kit.configure(SITE, SNAPSHOT)
    after = registry.release()
    before.manifest["site_files"], after.manifest["site_files"] = {}, {SITE: "x"}
    note = registry.note(before, after)
    assert note.endpoints and {(r["delivery"], r["why"]) for r in note.endpoints} == {(None, "changed site.toml")}


@pytest.mark.long
def test_a_delivery_that_counts_no_longer(registry: RegistryUnderTest) -> None:
    """A delivery that is set aside takes its exams with it and is named, although nothing arrived."""
    exam(registry, 4)
    before = registry.release()
    registry.kit.con.execute("UPDATE meta.deliveries SET status = 'set_aside' WHERE delivery = ?", [NEW])
    registry.kit.con.execute("DELETE FROM raw.imaging_followups WHERE exam_id = 'E9'")
    registry.kit.con.execute("DELETE FROM meta.watermarks")
    note = registry.note(before, registry.release())
    told = {(row["export"], row["delivery"], row["why"]) for row in note.endpoints if row["patient_id"] == "P04"}
    assert told == {("imaging_followups", NEW, "no longer counted")}


@pytest.mark.long
def test_code_and_a_delivery_together(registry: RegistryUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the code changed as well, the exam is named for the patient whose exam arrived, the code for the others."""
    before = registry.release(OLDER)
    select_for = derive.select_for
    monkeypatch.setattr(
        derive, "select_for", lambda table: select_for(table).replace("min(exam_date) FILTER (is_negative)",
        "min(exam_date) FILTER (is_negative AND exam_date > DATE '2020-03-15')"),
    )  # fmt: skip
    exam(registry, 4)
    note = registry.note(before, registry.release())
    by = {(row["patient_id"], row["delivery"], row["why"]) for row in note.endpoints}
    assert ("P04", NEW, None) in by
    assert {(delivery, why) for name, delivery, why in by if name != "P04"} == {(None, "changed code or definition")}


@pytest.mark.long
def test_what_did_not_move_is_no_table_of_zeros(released: RegistryUnderTest, before: Release) -> None:
    """Things without a change and estimates that did not move take no rows; a note names those estimates."""
    exam(released, 4)
    text = markdown(build(released.note(before, released.release())))
    assert "| Exams | 1 |" in text and "| Specimens |" not in text and "| Lesions with LTP |" not in text
    assert "No main estimate moved." in text and "| 0 | 0 | 0 |" not in text
    assert date(2021, 9, 1).isoformat() in text


def test_estimates_that_did_not_move_are_named_in_full() -> None:
    """The short names keep LTP in capitals and leave out units and models, brackets and all."""
    from analysis.plan.estimate_changes import FIGURES
    from analysis.report.sections.morning_note import _named

    assert {_named(figure).split(", KRAS")[0] for figure in FIGURES} == {
        "share with LTP",
        "alive without LTP at 12 months",
        "hazard ratio of LTP or death",
        "odds ratio of LTP",
    }
