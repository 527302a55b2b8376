"""Nothing is shown twice on a page, and what cannot be estimated becomes a sentence."""

from __future__ import annotations

from itertools import combinations

import pytest

from analysis.report.arranging.arrange_page import arranged
from analysis.report.arranging.everybody import without_everybody
from analysis.report.arranging.not_estimated import without_missing
from analysis.report.arranging.printed_estimates import of_cells, of_figure, of_row
from analysis.report.arranging.repeats import without_repeats
from analysis.report.blocks import Column, DataTable, FigureBlock, FigureGrid, Paragraph, Row, Section
from analysis.report.figure_block import figures_of
from analysis.report.output.render_html import sections_of
from tests.analysis_report.elements import tree
from tests.analysis_report.sample import cohort, content, incidence_table, km_tables, sample_page

COLUMNS = (Column("Group"), Column("n", True), Column("At 12 months (95 % CI)", True), Column("Later (95 % CI)", True))
ALL = Row(["All", "20", "80.1 (70.0\u201390.2)", "60.0 (50.0\u201370.0)"])
MUTANT = Row(["KRAS mutant", "9", "70.0 (50.1\u201380.2)", "41.0 (30.0\u201352.0)"])


def tables_of(sections: list[Section]) -> list[DataTable]:
    """The tables of the sections, in order."""
    return [block for section in sections for block in section.blocks if isinstance(block, DataTable)]


def section(*blocks: object, part: str = "Results", anchor: str = "one") -> Section:
    """A section of some blocks."""
    return Section(anchor, anchor.capitalize(), list(blocks), part)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def page() -> list[Section]:
    """The sample's arranged sections."""
    return arranged(sections_of(content()))


def test_no_line_of_figures_stands_in_two_tables(page: list[Section]) -> None:
    """No line's estimates, two or more, are all in one line of another table."""
    lines = [(table.number, own) for table in tables_of(page) for row in table.rows if len(own := of_row(row)) > 1]
    twice = [(one[0], two[0]) for one, two in combinations(lines, 2) if one[0] != two[0] and two[1] <= one[1]]
    assert lines and twice == []


def test_no_column_repeats_a_drawing(page: list[Section]) -> None:
    """No column of a table prints what a forest plot of its section prints."""
    for one in page:
        for figure in figures_of([one]):
            for table in tables_of([one]):
                for place in range(1, len(table.columns)):
                    own = of_cells([row.cells[place] for row in table.rows if not row.is_group])
                    assert len(own) < 2 or not own <= of_figure(figure), (figure.number, table.number)


def test_no_drawing_and_no_table_is_there_twice(page: list[Section]) -> None:
    """The bytes of drawings differ, the rows of tables differ, and so do their captions."""
    drawings = [figure.svg for figure in figures_of(page)]
    assert len(drawings) == len(set(drawings)) > 8
    tables = [str(table.rows) for table in tables_of(page)]
    assert len(tables) == len(set(tables)) > 15
    captions = [table.caption for table in tables_of(page)] + [figure.caption for figure in figures_of(page)]
    assert len(captions) == len(set(captions))


@pytest.mark.long
def test_numbers_follow_the_order_of_reading(page: list[Section]) -> None:
    """Tables and figures count from one without a gap, and every mention leads to one that is there."""
    html = tree(sample_page())
    for kind, tag in (("Table", "caption"), ("Figure", "figcaption")):
        numbers = [one.all("b")[0].text for one in html.all(tag)]
        assert numbers == [f"{kind}\N{NO-BREAK SPACE}{n}." for n in range(1, len(numbers) + 1)]


def test_a_repeated_line_is_named_and_left_out() -> None:
    """The second table keeps what is new, and says where the rest is."""
    first = DataTable("Table 1", "First.", COLUMNS, [ALL, MUTANT])
    again = DataTable(
        "Table 2", "Second.", COLUMNS, [Row(["Everyone", *ALL.cells[1:]]), Row(["Other", "1", "\u2013", ""])]
    )
    found = tables_of(without_repeats([section(first), section(again)]))
    assert [len(table.rows) for table in found] == [2, 1]
    assert list(found[1].notes) == ["Not repeated here, see Table 1: Everyone."]


def test_a_table_of_repeats_becomes_a_sentence_with_its_file() -> None:
    """Where nothing new is left, the sentence names the table, and the file can still be taken."""
    first = DataTable("Table 1", "First.", COLUMNS, [ALL, MUTANT])
    again = DataTable("Table 2", "Second.", COLUMNS, [ALL, MUTANT], source="sensitivity")
    (_, second) = without_repeats([section(first), section(again)])
    sentence, link = second.blocks
    assert isinstance(sentence, Paragraph) and "Table 1" in sentence.text
    assert link.address == "tables/sensitivity.csv"  # type: ignore[union-attr]


def test_a_table_without_a_file_says_which_command_prints_it() -> None:
    """A repeat whose rows are in the database alone names the command in place of a file."""
    again = DataTable("Table 2", "Second.", COLUMNS, [ALL, MUTANT], source="curves", command="registry query X")
    (_, second) = without_repeats([section(DataTable("Table 1", "First.", COLUMNS, [ALL, MUTANT])), section(again)])
    assert [block.kind for block in second.blocks] == ["paragraph", "command"]
    assert second.blocks[1].text == "registry query X"  # type: ignore[union-attr]


def test_equal_single_numbers_are_no_repeat() -> None:
    """One estimate alone may be equal by chance: its line stays."""
    row = Row(["All", "20", "80.1 (70.0\u201390.2)", "\u2013"])
    found = without_repeats([section(DataTable(f"Table {n}", f"{n}.", COLUMNS, [row])) for n in (1, 2)])
    assert [len(table.rows) for table in tables_of(found)] == [1, 1]


@pytest.mark.long
def test_the_same_curve_is_drawn_once() -> None:
    """Of a cohort of one group, its curve is not drawn beside that of all; nor that of LTP-free time without deaths."""
    frame = cohort()
    mutant = frame[(frame["kras"] == "mutant") & (frame["event"] != 2)].assign(diameter_ge_30="true")
    curves, summary, tests = km_tables(mutant)
    tables = {**content().tables, "km_curve": curves, "km_summary": summary, "logrank": tests.iloc[0:0]}
    made = arranged(sections_of(content(tables={**tables, "cumulative_incidence": incidence_table(mutant)})))
    drawn = [figure for figure in figures_of(made) if figure.name.startswith(("km-", "cif-"))]
    assert [figure.name for figure in drawn] == ["km-ltpfs-overall"]
    said = " ".join(block.text for one in made for block in one.blocks if isinstance(block, Paragraph))
    assert f"Not drawn again, as the curves are those of {drawn[0].number}: LTP-free survival by KRAS" in said


def test_a_group_that_is_everybody_is_named() -> None:
    """Its line and its column say what those of all say, and go."""
    rows = [ALL, Row(["KRAS wild-type", *ALL.cells[1:]]), MUTANT]
    found = without_everybody(DataTable("Table 1", "One.", COLUMNS, rows))
    assert [row.cells[0] for row in found.rows] == ["All", "KRAS mutant"]
    assert "KRAS wild-type" in found.notes[0]
    columns = [
        Column("Characteristic"),
        Column("All, n = 2", True),
        Column("KRAS mutant, n = 2", True),
        Column("Missing"),
    ]
    table = DataTable("Table 1", "One.", columns, [Row(["Age", "60", "60", "0"]), Row(["Sex", "1", "1", "1"])])
    assert [column.label for column in without_everybody(table).columns] == ["Characteristic", "All, n = 2", "Missing"]


def test_lines_without_an_estimate_are_a_note_with_the_reason() -> None:
    """They leave the table with the reason from their footnote; the letters of the others begin with a again."""
    from analysis.report.blocks import Cell

    gone = Row(["NRAS mutant", "3", Cell("\u2013", "a"), "\u2013"])
    kept = Row(["KRAS mutant", "9", Cell("70.0 (50.1\u201380.2)", "b"), "\u2013"])
    marks = [("a", "no event (separation): not estimable"), ("b", "few at risk")]
    (made,) = without_missing([section(DataTable("Table 1", "One.", COLUMNS, [gone, kept], (), marks))])
    (table,) = tables_of([made])
    assert [row.cells[0] for row in table.rows] == ["KRAS mutant"]
    assert list(table.notes) == ["Not estimated: NRAS mutant (no event (separation): not estimable)."]
    assert list(table.footnotes) == [("a", "few at risk")] and table.rows[0].cells[2].mark == "a"  # type: ignore[union-attr]


def test_results_without_estimates_are_one_sentence() -> None:
    """Sections of which only sentences are left are gathered behind the others; the methods stay where they are."""
    whole = section(DataTable("Table 1", "One.", COLUMNS, [ALL]), anchor="whole")
    poor = [section(Paragraph("None yet."), anchor=name) for name in ("models", "subgroups")]
    methods = section(Paragraph("How."), part="Methods", anchor="methods")
    found = without_missing([*poor, whole, methods])
    assert [one.anchor for one in found] == ["whole", "not-estimated", "methods"]
    first = found[1].blocks[0]
    assert isinstance(first, Paragraph) and first.text.endswith("for: Models; Subgroups.")


def test_a_forest_of_one_estimate_is_left_to_its_table() -> None:
    """A forest plot that prints one ratio shows no more than the line of the table."""
    lone = FigureBlock("Figure 1", "One.", '<svg aria-label="KRAS 2.0 (1.0\u20134.0)"></svg>', name="forest-cox")
    (made,) = without_missing([section(FigureGrid([lone]), DataTable("Table 1", "One.", COLUMNS, [ALL]))])
    assert [block.kind for block in made.blocks] == ["table"]


def test_arranging_twice_changes_nothing(page: list[Section]) -> None:
    """The arranged sections are the same after another pass, but for drawings that are made once."""
    assert arranged(page) == page
