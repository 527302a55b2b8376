"""What the note says about one change at a time."""

from decimal import Decimal

import pytest

from analysis.plan.estimate_changes import Movement
from tests.diff.two_releases import OLDER, RegistryUnderTest, change, movement, patient, place
from tests.warehouse.kit import SITE, row_of
from warehouse.derived import derive
from warehouse.releases.release import Release
from warehouse.storage.errors import RegistryError

ZERO = Decimal(0)


def parts_add_up(note) -> None:
    """Every split adds up to the total movement exactly."""
    assert any(m.parts for m in note.movements)
    for m in note.movements:
        if m.parts is not None:
            assert sum(m.parts.values()) == m.total == m.after.value - m.before.value, m.figure


@pytest.mark.long
def test_a_corrected_diameter(released: RegistryUnderTest, before: Release) -> None:
    """A row delivered again with another diameter changes patient, session and lesion, moves no endpoint, and moves the
    models by corrected data alone.
    """
    (corrected,) = patient(1, max_diameter_mm="41")["rfa_sessions"]
    released.deliver("rfa_sessions", "2024-06-20_corrected.csv", corrected)
    note = released.note(before, released.release())
    assert [change(note, thing) for thing in ("patients", "sessions", "lesions", "exams")] == [
        (0, 1, 0), (0, 1, 0), (0, 1, 0), (0, 0, 0),
    ]  # fmt: skip
    (session,) = note.things["sessions"]
    assert session["differs"] == ["max_diameter_mm"] and place(session) == ("2024-06-20_corrected.csv", 1)
    assert note.endpoints == [] and note.new_ltp == []
    assert note.patients_moved == {"new": 0, "corrected": 1, "followed": 0, "left": 0, "by_code": None}
    odds = movement(note, "odds_ratio", "mutant")
    assert odds.total != 0 and odds.parts == {"code": ZERO, "corrected": odds.total, "followed": ZERO, "new": ZERO}
    assert movement(note, "rate", "mutant").total == 0
    parts_add_up(note)


@pytest.mark.long
def test_a_new_exam_with_ltp(released: RegistryUnderTest, before: Release) -> None:
    """An exam that shows LTP: the lesion is listed as new LTP, its endpoints flip, and that exam's row is the cause."""
    exam = {"patient_id": "P02", "exam_id": "E9", "exam_date": "2021-09-01", "lesion_status": "ltp"}
    clear = {"patient_id": "P04", "exam_id": "E9", "exam_date": "2021-09-01"}
    rows = (row_of("imaging_followups", **clear), row_of("imaging_followups", **exam))
    released.deliver("imaging_followups", "2024-06-20_exams.csv", *rows)
    note = released.note(before, released.release())
    assert change(note, "exams") == (2, 0, 0) and change(note, "patients") == (0, 2, 0)
    (ltp,) = note.new_ltp
    assert (ltp["patient_id"], ltp["lesion_id"], str(ltp["ltp_date"])) == ("P02", "L1", "2021-09-01")
    assert place(ltp) == ("2024-06-20_exams.csv", 2) and not ltp["is_new_lesion"]
    flipped = [row for row in note.endpoints if row["kind"] == "flipped"]
    assert {(row["level"], row["endpoints"], row["was"], row["now"]) for row in flipped} == {
        ("lesion", "A_LTPFS", "censored", "LTP not controlled again"),
        ("lesion", "LTPFS, TTLTP", "censored", "LTP"),
        ("patient", "A_LTPFS", "censored", "LTP not controlled again"),
        ("patient", "IHPFS, LTPFS, LTPFS_STUDY, PFS, TTLTP, TTP", "censored", "LTP"),
    }
    assert {place(row) for row in flipped} == {("2024-06-20_exams.csv", 2)}
    moved = [row for row in note.endpoints if row["kind"] == "moved" and row["patient_id"] == "P04"]
    assert moved and {place(row) for row in moved} == {("2024-06-20_exams.csv", 1)}
    rate = movement(note, "rate", "mutant")
    assert rate.after.n_events == rate.before.n_events + 1
    assert rate.parts == {"code": ZERO, "corrected": ZERO, "followed": rate.total, "new": ZERO}
    parts_add_up(note)


@pytest.mark.long
def test_a_withdrawn_lesion(registry: RegistryUnderTest) -> None:
    """A snapshot that lacks a patient withdraws lesion, session and patient; a patient who leaves is a correction."""
    registry.kit.configure(SITE, '[exports.rfa_sessions]\nmode = "snapshot"\n')
    before = registry.release()
    kept = [patient(number)["rfa_sessions"][0] for number in range(1, 25) if number != 6]
    registry.deliver("rfa_sessions", "2024-06-20_snapshot.csv", *kept)
    note = registry.note(before, registry.release())
    assert [change(note, thing) for thing in ("patients", "lesions", "sessions")] == [(0, 0, 1)] * 3
    (session,) = note.things["sessions"]
    assert session["why"] == "withdrawn by 2024-06-20_snapshot.csv"
    assert {exam["why"] for exam in note.things["exams"]} == {"set aside: ORPHAN-01"}
    assert note.totals["gone_ltp"] == 1 and note.endpoints == []
    assert note.patients_moved == {"new": 0, "corrected": 0, "followed": 0, "left": 1, "by_code": None}
    rate = movement(note, "rate", "mutant")
    assert rate.parts["corrected"] == rate.total != 0
    assert {row["rule_id"]: (row["new"], row["resolved"]) for row in note.entry_counts} == {"ORPHAN-01": (6, 0)}
    parts_add_up(note)


@pytest.mark.long
def test_a_row_is_set_aside_and_freed(registry: RegistryUnderTest) -> None:
    """A correction that breaks a rule removes the lesion and names rule and row; the next correction restores it."""
    first = registry.release()
    (broken,) = patient(3, max_diameter_mm="900")["rfa_sessions"]
    registry.deliver("rfa_sessions", "2024-06-20_broken.csv", broken)
    second = registry.release()
    note = registry.note(first, second)
    (session,) = note.things["sessions"]
    assert session["change"] == "withdrawn" and session["why"].startswith("set aside: ")
    assert place(session) == ("2024-06-20_broken.csv", 1)
    assert sum(row["new"] for row in note.entry_counts) > 0 and change(note, "patients") == (0, 0, 1)
    registry.deliver("rfa_sessions", "2024-06-21_mended.csv", *patient(3)["rfa_sessions"])
    note = registry.note(second, registry.release())
    (session,) = note.things["sessions"]
    assert session["change"] == "new" and session["why"].startswith("was set aside: ")
    assert place(session) == ("2024-06-21_mended.csv", 1)
    assert sum(row["resolved"] for row in note.entry_counts) > 0 and not any(r["new"] for r in note.entry_counts)
    assert change(note, "patients") == (1, 0, 0) and note.new_ltp[0]["is_new_lesion"]
    assert (note.patients_moved["new"], note.patients_moved["corrected"]) == (0, 1)  # freed, so known before
    parts_add_up(note)


@pytest.mark.long
def test_a_withdrawn_exam_names_what_withdrew_it(registry: RegistryUnderTest) -> None:
    """If LTP is gone because its exam was withdrawn, the endpoints name the snapshot that lacks the exam."""
    registry.kit.configure(SITE, '[exports.imaging_followups]\nmode = "snapshot"\n')
    before = registry.release()
    rows = [row for number in range(1, 25) for row in patient(number)["imaging_followups"]]
    kept = [row for row in rows if (row["patient_id"], row["exam_id"]) != ("P03", "E2")]
    registry.deliver("imaging_followups", "2024-06-20_snapshot.csv", *kept)
    note = registry.note(before, registry.release())
    flipped = [row for row in note.endpoints if row["kind"] == "flipped"]
    assert {(row["was"], row["now"], row["why"]) for row in flipped} == {
        (was, "censored", "withdrawn by 2024-06-20_snapshot.csv") for was in ("LTP", "LTP not controlled again")
    }
    assert change(note, "exams") == (0, 0, 1) and note.totals["gone_ltp"] == 1


@pytest.mark.long
def test_a_changed_definition(registry: RegistryUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same rows and another definition, the code causes the total movement, no row does, and the note counts
    the patients whom the definition moved.
    """
    far = {"patient_id": "P02", "exam_id": "E9", "exam_date": "2021-09-01", "lesion_status": "ltp"}
    registry.deliver("imaging_followups", "2024-06-02_far.csv", row_of("imaging_followups", **far))
    before = registry.release(OLDER)
    select_for = derive.select_for
    stricter = "i.lesion_status IN ('ltp', 'viable') AND i.exam_date < DATE '2021-01-01'"

    def changed(table: str) -> str:
        sql = select_for(table)
        return sql.replace("says_viable(i.lesion_status) AND", f"{stricter} AND")

    monkeypatch.setattr(derive, "select_for", changed)
    note = registry.note(before, registry.release())
    assert not note.is_same_code and note.why_no_split == ""
    assert all(change(note, thing) == (0, 0, 0) for thing in ("patients", "lesions", "exams"))
    flipped = [row for row in note.endpoints if row["kind"] == "flipped"]
    assert {row["patient_id"] for row in flipped} == {"P02"}
    assert {(row["delivery"], row["why"]) for row in note.endpoints} == {(None, "changed code or definition")}
    rate = movement(note, "rate", "mutant")
    assert rate.total < 0 and rate.parts == {"code": rate.total, "corrected": ZERO, "followed": ZERO, "new": ZERO}
    assert note.patients_moved == {"new": 0, "corrected": 0, "followed": 0, "left": 0, "by_code": 1}
    parts_add_up(note)


@pytest.mark.long
def test_all_four_at_once(registry: RegistryUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code, a correction, a new exam and new patients in one release give four parts that are not zero and add up."""
    before = registry.release(OLDER)
    select_for = derive.select_for
    adequate = "min(exam_date) FILTER (is_negative"

    def changed(table: str) -> str:
        return select_for(table).replace(f"{adequate})", f"{adequate} AND exam_date > DATE '2020-03-15')")

    monkeypatch.setattr(derive, "select_for", changed)
    exam = {"patient_id": "P07", "exam_id": "E9", "exam_date": "2022-09-01", "lesion_status": "ltp"}
    mended = {"patient_id": "P08", "exam_id": "E3", "exam_date": "2021-06-01", "lesion_status": "ltp"}
    rows = (row_of("imaging_followups", **one) for one in (exam, mended))
    registry.deliver("imaging_followups", "2024-06-20_exams.csv", *rows)
    registry.deliver_patients("2024-06-20_new.csv", 25, 26, 27, 28)
    note = registry.note(before, registry.release())
    rate = movement(note, "rate", "overall")
    assert all(rate.parts.values()), rate.parts
    assert note.patients_moved["new"] > 0 and note.patients_moved["corrected"] > 0 and note.patients_moved["by_code"]
    parts_add_up(note)


@pytest.mark.long
def test_nothing_changed(released: RegistryUnderTest, before: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two releases of the same rows by the same code nothing is listed, moved or recomputed."""
    after = released.release()
    monkeypatch.setattr("workflows.morning_note.main_estimates", None)
    note = released.note(before, after)
    assert not any(row[name] for row in note.counts for name in ("new", "changed", "withdrawn"))
    assert (note.endpoints, note.new_ltp, note.entry_counts, note.deliveries) == ([], [], [], [])
    assert {m.total for m in note.movements if m.before.value is not None} == {ZERO}
    parts_add_up(note)


@pytest.mark.long
def test_deliveries_that_arrived(released: RegistryUnderTest, before: Release) -> None:
    """Accepted deliveries are listed with their counts, rejected ones with the reason."""
    released.deliver_patients("2024-06-20_new.csv", 25)
    released.kit.deliver(SITE, "genotypes", "2024-06-21_broken.csv", "patient_id,nonsense\nx,y\n")
    note = released.note(before, released.release())
    told = {(row["export"], row["delivery"]): (row["status"], row["new"]) for row in note.deliveries}
    assert told == {
        ("rfa_sessions", "2024-06-20_new.csv"): ("accepted", 1),
        ("imaging_followups", "2024-06-20_new.csv"): ("accepted", 2),
        ("genotypes", "2024-06-20_new.csv"): ("accepted", 3),
        ("genotypes", "2024-06-21_broken.csv"): ("rejected", 0),
    }
    (rejected,) = [row for row in note.deliveries if row["status"] == "rejected"]
    assert "lacks the required columns" in rejected["reason"]
    assert change(note, "patients") == (1, 0, 0)


def assert_only_totals(movements: list[Movement]) -> None:
    """No movement is split; each has its total, except where one of the two estimates is missing."""
    assert all(m.parts is None for m in movements)
    totals = {m.figure: m.total is not None for m in movements}
    both = {m.figure: m.before.value is not None and m.after.value is not None for m in movements}
    assert totals == both and any(both.values())


@pytest.mark.long
def test_a_later_release_by_other_code_is_not_split(released: RegistryUnderTest, before: Release) -> None:
    """If the later release was not made by the installed code, the note shows the total movement and says why."""
    released.deliver_patients("2024-06-20_new.csv", 25, 26)
    note = released.note(before, released.release(OLDER))
    assert "not made by the installed code" in note.why_no_split
    assert_only_totals(note.movements)


@pytest.mark.long
def test_an_earlier_release_that_lacks_columns_is_not_split(
    registry: RegistryUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If today's SQL reads what the earlier release lacks, the note shows the total movement and says why."""
    before = registry.release(OLDER)
    registry.deliver_patients("2024-06-20_new.csv", 25, 26)
    after = registry.release()
    monkeypatch.setattr(derive, "select_for", lambda _: "SELECT a_column_of_tomorrow FROM clean.patients")
    note = registry.note(before, after)
    assert "lacks columns" in note.why_no_split
    assert_only_totals(note.movements)


@pytest.mark.long
def test_a_pruned_parent_is_named(registry: RegistryUnderTest) -> None:
    """A note that skips a release that no longer exists says so, unless another release has replaced it."""
    import shutil

    first = registry.release()
    registry.deliver_patients("2024-06-20_new.csv", 25)
    second = registry.release()
    registry.deliver_patients("2024-06-21_new.csv", 26)
    third = registry.release()
    assert registry.note(second, third).missing_parent == registry.note(first, third).missing_parent == ""
    shutil.rmtree(second.folder)
    assert registry.note(first, third).missing_parent == second.release_id
    first.manifest["erased_from"] = second.release_id
    assert registry.note(first, third).missing_parent == ""


@pytest.mark.long
def test_lists_are_cut_and_the_rest_is_counted(released: RegistryUnderTest, before: Release) -> None:
    """Lists stop at the stated length, and the note says how many more there are."""
    from analysis.report.output.markdown import markdown
    from analysis.report.sections.morning_note_keys import build

    released.deliver_patients("2024-06-20_new.csv", *range(25, 85))
    note = released.note(before, released.release())
    assert change(note, "patients") == (60, 0, 0) and len(note.things["patients"]) == 50
    assert "10 more are not listed" in markdown(build(note))


def test_a_failure_says_its_kind_alone(registry: RegistryUnderTest) -> None:
    """A comparison that fails becomes a note that names the kind of failure and nothing that the exception quotes."""
    from workflows.morning_note import tell

    reported = []

    def fails():
        raise ValueError("P02 on 2021-09-01")

    note, text = tell(fails, registry.kit.home, "20240701T000000Z-00000000", lambda: reported.append("in full"))
    assert note.failure == "ValueError" and reported == ["in full"]
    assert "failed (ValueError)" in text and "P02" not in text and "2021" not in text


def test_a_refusal_is_not_swallowed(registry: RegistryUnderTest) -> None:
    """Only failures of the comparison become a note; an interruption is raised."""
    from workflows.morning_note import tell

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell(interrupted, registry.kit.home, "", lambda: None)
    assert not issubclass(KeyboardInterrupt, RegistryError)
