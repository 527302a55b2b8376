"""What a site's answers do: corrections, confirmations, rejections, and what is refused."""

import re
import shutil

import pytest

from tests.quality.answering_site import GOOD, NO_SEGMENT, TOO_LARGE, TOO_STRONG, counted, row_of
from tests.quality.site_at_work import SITE, Site
from warehouse.queries.refused_answers import refused_answers
from warehouse.readers.answered_sheet import COLUMNS


def test_round_trip(site):
    """A correction frees the row with all that hangs on it, a confirmation keeps the value, a rejection is not asked
    again; the sums agree, and a full rebuild gives the same content."""
    sheet = site.sheet()
    line = sheet.answer("LES-03", "correct", "22.0") - 1
    sheet.answer("ABL-06", "confirm")
    sheet.answer("LES-05", "reject")
    site.hand_back(sheet, "2024-02-02.xlsx")
    made = site.refresh()
    assert row_of(site, "P2") == [(22.0, 60.0, "2024-02-02.xlsx", line)]
    assert row_of(site, "P3") == [(20.0, 900.0, "2024-01-31.csv", 3)]
    assert site.ask("SELECT rule_id, answer FROM quality.quarantine") == [("LES-05", "reject")]
    assert site.ask("SELECT count(*) FROM clean.imaging_followups") == [(1,)]
    assert site.ask("SELECT count(*) FROM clean.genotypes") == [(1,)]
    assert {status for _, _, status, _ in site.answers()} == {"applied"}
    assert counted(site) == [("accepted", 1, 1)]
    assert site.ask("SELECT rule_id, accepted_by, until, state, source FROM quality.exceptions") == [
        ("ABL-06", "Dr. A", None, "active", "answer")
    ]
    assert site.sheet().queries.max_row == 1
    assert site.refresh() == made
    assert site.refresh(full=True) == made


@pytest.mark.long
def test_the_corrected_row_has_its_history(site):
    """The delivered version is superseded and still there; the correction is current."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", 22)
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    kept = site.ask(
        "SELECT r.max_diameter_mm, v.outcome, v.state FROM raw.rfa_sessions r JOIN raw.rfa_sessions_versions v "
        "USING (row_id) ORDER BY r.row_id"
    )
    assert kept == [("220", "new", "superseded"), ("22", "changed", "current")]


@pytest.mark.long
def test_a_corrected_value_is_judged_like_any(site):
    """A correction that breaks a rule is set aside in its turn and asked again, as a new entry."""
    first = site.sheet()
    first.answer("LES-03", "correct", "2200")
    site.hand_back(first, "a.xlsx")
    site.refresh()
    second = site.sheet()
    row, before = second.line("LES-03"), first.line("LES-03")
    assert second.queries.cell(row, 1).value != first.queries.cell(before, 1).value
    assert second.queries.cell(row, 4).value == "a.xlsx"
    second.answer("LES-03", "correct", "22")
    site.hand_back(second, "b.xlsx")
    site.refresh()
    assert row_of(site, "P2")[0][0] == 22.0
    assert counted(site) == [("accepted", 1, 1), ("accepted", 1, 1)]


@pytest.mark.long
def test_redelivery_of_the_same_row_does_not_undo_an_answer(site):
    """The export delivered again, uncorrected, leaves correction and confirmation in force."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22.0")
    sheet.answer("ABL-06", "confirm")
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    site.sessions("2024-03-31.csv", GOOD, TOO_LARGE, TOO_STRONG, NO_SEGMENT)
    site.refresh()
    assert row_of(site, "P2")[0][0] == 22.0
    assert site.open_rules() == ["LES-05"]


@pytest.mark.long
def test_a_row_that_changed_meanwhile_refuses_its_answer(site):
    """A later delivery of another row wins; the answer is refused by name, without a value."""
    sheet = site.sheet()
    line = sheet.answer("LES-03", "correct", "22.0") - 1
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    site.sessions("2024-03-31.csv", "P2,S1,2023-05-03,L2,25,5,60")
    site.refresh()
    assert row_of(site, "P2")[0][0] == 25.0
    [answer] = site.answers()
    assert answer[:3] == (line, "correct", "refused")
    assert site.ask("SELECT key, rule_id FROM quality.answers") == [("P2|S1|L2", "LES-03")]
    assert "has changed" in answer[3]
    assert counted(site) == [("accepted", 0, 0)]


@pytest.mark.long
def test_the_order_of_arrival_does_not_matter(site, tmp_path_factory):
    """Sheet before or after the delivery it is overtaken by: the same content."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22.0")
    other = Site(tmp_path_factory.mktemp("other"))
    shutil.copytree(site.home.landing, other.home.landing, dirs_exist_ok=True)
    overtaking = "P2,S1,2023-05-03,L2,25,5,60"
    site.hand_back(sheet, "2024-02-01.xlsx")
    site.refresh()
    site.sessions("2024-03-31.csv", overtaking)
    other.sessions("2024-03-31.csv", overtaking)
    other.refresh()
    shutil.copytree(site.home.landing, other.home.landing, dirs_exist_ok=True)
    assert site.refresh() == other.refresh()


@pytest.mark.parametrize(
    "column",
    ["key", *(pytest.param(c, marks=pytest.mark.long) for c in ("site", "rule", "column", "export", "entry id"))],
)
def test_an_edited_line_is_refused_by_name(site, column):
    """A key, rule, column or id that was edited is refused, naming delivery and line, and nothing is applied."""
    sheet = site.sheet()
    row = sheet.answer("LES-03", "correct", "22.0")
    edited = {"key": "P1|S1|L1", "rule": "LES-03-W", "column": "power_w", "export": "patients", "entry id": "0" * 16}
    if column == "site":
        sheet.queries.cell(row, 2).value = "elsewhere"
        site.hand_back(sheet, "a.xlsx")
        site.refresh()
        assert counted(site) == [("rejected", 0, 0)]
    else:
        sheet.queries.cell(row, COLUMNS.index(column) + 1).value = edited[column]
        site.hand_back(sheet, "a.xlsx")
        site.refresh()
        [(line, _, status, reason)] = site.answers()
        assert (line, status) == (row - 1, "refused")
        assert "was edited" in reason
        asked = {"key": "P2|S1|L2", "rule": "LES-03", "export": "rfa_sessions"} | {column: edited[column]}
        [named] = site.ask("SELECT key, rule_id, export FROM quality.answers")
        assert named == (asked["key"], asked["rule"], asked["export"])
    assert "LES-03" in site.open_rules()


EMPTY_ANSWERS = [
    ("LES-03", {"answer": "perhaps"}, "none of those in the list"),
    ("LES-03", {"answer": "correct"}, "no corrected value"),
    ("LES-03", {"answer": "correct", "corrected": "220"}, "equals the delivered value"),
    ("LES-03", {"answer": "confirm", "corrected": "22"}, "but the answer is 'confirm'"),
    ("LES-03", {"answer": "reject", "answered_by": None}, "is not signed"),
    ("LES-03", {"answer": "reject", "answered_on": "last week"}, "not a date"),
    ("LES-05", {"answer": "confirm"}, "cannot be confirmed"),
]


@pytest.fixture(scope="module")
def answered_in_vain(asked_site, tmp_path_factory) -> Site:
    """The site after one refresh with each of EMPTY_ANSWERS in a sheet of its own: a0.xlsx, a1.xlsx, ..."""
    root = tmp_path_factory.mktemp("in-vain")
    shutil.copytree(asked_site, root, dirs_exist_ok=True)
    site = Site(root)
    for number, (rule, said, _) in enumerate(EMPTY_ANSWERS):
        sheet = site.sheet()
        sheet.answer(rule, **said)
        site.hand_back(sheet, f"a{number}.xlsx")
    site.refresh()
    return site


@pytest.mark.parametrize(
    ("number", "rule", "reason"), [(number, rule, reason) for number, (rule, _, reason) in enumerate(EMPTY_ANSWERS)]
)
def test_answers_that_say_nothing_are_refused(answered_in_vain, number, rule, reason):
    """An answer that cannot be carried out is refused with its reason; the entry stays open."""
    answers = answered_in_vain.ask(f"SELECT status, reason FROM quality.answers WHERE delivery = 'a{number}.xlsx'")
    [(status, told)] = answers
    assert status == "refused"
    assert reason in told
    assert rule in answered_in_vain.open_rules()


@pytest.mark.long
def test_keys_are_not_corrected_in_a_sheet(site):
    """A row without its lesion is asked about, but its key is delivered anew, not corrected."""
    site.sessions("2024-02-28.csv", "P9,S1,2023-05-03,,20,5,60")
    site.refresh()
    sheet = site.sheet()
    sheet.answer("REQ-01", "correct", "L9")
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    [(_, _, status, reason)] = site.answers()
    assert status == "refused"
    assert "A key cannot be corrected" in reason


@pytest.mark.long
def test_no_values_in_what_is_told(site):
    """quality.answers holds neither the delivered nor the corrected value."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "23.456")
    site.hand_back(sheet, "a.xlsx")
    site.refresh()
    told = str(site.ask("SELECT * EXCLUDE (row_id, entry_id) FROM quality.answers"))
    assert "23.456" not in told
    assert not re.search(r"\b220\b", told)


@pytest.mark.long
def test_a_refusal_is_shown_until_it_is_settled(site):
    """Refused lines are counted by sheet and reason, without a value, until the entry is answered well; a line that
    fits no entry until the next sheet."""
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22", answered_by="")
    sheet.answer("ABL-06", "reject", answered_by="")
    edited = sheet.answer("LES-05", "reject")
    sheet.queries.cell(edited, 6).value = "P1|S1|L1"
    site.hand_back(sheet, "2024-02-02.xlsx")
    site.refresh()
    with site.build() as con:
        unfit, unsigned = refused_answers(con)
    assert unfit == (
        f"{SITE}/answers/2024-02-02.xlsx",
        "Site, key, rule or column do not fit the entry: the sheet was edited, or the entry is none of this site's.",
        1,
    )
    assert unsigned == (f"{SITE}/answers/2024-02-02.xlsx", "The answer is not signed: 'answered by' is empty.", 2)

    again = site.sheet()
    again.answer("LES-03", "correct", "22")
    site.hand_back(again, "2024-02-03.xlsx")
    site.refresh()
    with site.build() as con:
        assert refused_answers(con) == [(f"{SITE}/answers/2024-02-02.xlsx", unsigned[1], 1)]
