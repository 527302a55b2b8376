"""Section: technical success and efficacy of lesions, and complications of sessions."""

from __future__ import annotations

from typing import Any

from analysis.plan.technique import ANY_GRADE
from analysis.report import labels, numbers
from analysis.report.blocks import Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import selection
from analysis.subjects.complications import OTHER_GRADE

ANCHOR, TITLE = "technique", "Technique and complications"
SHARES = {
    "technical_success": "Technical success at the first session, lesions",
    "primary_efficacy": "Primary efficacy, lesions",
    "assisted_efficacy": "Efficacy with another ablation, lesions",
    "complication": "Complications, sessions",
}
SCALES = {
    **{"cirse": "CIRSE", "cirse_2017": "CIRSE 2017", "cirse_2025": "CIRSE 2025", "sir": "SIR", "sir_2017": "SIR 2017"},
    **{"ctcae": "CTCAE", "ctcae_v5": "CTCAE v5", "clavien_dindo": "Clavien-Dindo"},
    **{"other": "another scale", "unknown": "scale unknown"},
}
GRADES = {ANY_GRADE: "any grade", OTHER_GRADE: "not graded, or another grade"}
NOTES = (
    "Efficacy: among lesions with an exam that shows viable tumour or its absence; primary: no viable tumour before "
    "the first adequate exam. Complications: among sessions that report on them, by scale and grade as reported; "
    "scales are not mapped to each other. A scale without a grade, or a word such as none, 0 or keine, counts as no "
    "complication; a word such as unknown or n/a counts as not stated. Lesions and sessions not stated are not in n.",
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table, or a sentence."""
    frame = content.table("technique")
    if frame.empty or not frame["estimate"].notna().any():
        return Section(ANCHOR, TITLE, [Paragraph("No session reports its outcome yet.")])
    if len(selection.distinct(selection.where(frame, grouping="site"), "stratum")) < 2:
        frame = selection.where(frame, grouping="overall")  # one site is all of them
    footnotes = Footnotes()
    lines: list[Row] = []
    for (quantity,), part in selection.parts(frame, "quantity"):
        lines.append(Row([SHARES.get(quantity, quantity)], is_group=True))
        for row in selection.records(part):
            mark = footnotes.mark(labels.remark(row.get("note")))
            cells: list[Cell | str] = [_name(row), numbers.count(row.get("n"))]
            cells += [numbers.count(row.get("n_events")), numbers.count(row.get("n_missing"))]
            lines.append(Row([*cells, Cell(numbers.percent_interval(*selection.share_of(row)), mark)]))
    columns = [Column("Group"), Column("n", True), Column("Yes", True), Column("Not stated", True)]
    columns += [Column("Share, % (95 % CI)", True)]
    caption = "Technical success, efficacy and complications, overall and by site."
    table = DataTable(numbering.table(), caption, columns, lines, NOTES, footnotes.items(), source="technique")
    return Section(ANCHOR, TITLE, [table])


def _name(row: dict[str, Any]) -> str:
    name = labels.group(row.get("grouping"), row.get("stratum"))
    scale, grade = numbers.text(row.get("term")), numbers.text(row.get("term_level"))
    if not scale:
        return name
    return f"{name}, {SCALES.get(scale, scale)}: {GRADES.get(grade, f'grade {grade}')}"
