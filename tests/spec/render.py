"""docs/endpoints.md from the spec cases: `python -m tests.spec.render` writes it.

Its words and tables are the sections of the spec tests, so that what is published as the definition is what is tested.
"""

from __future__ import annotations

from pathlib import Path

from tests.spec import test_lesion_ltp, test_patient_genotype, test_patient_ltpfs, test_time_to_event
from tests.spec.case import NO_ROW, Case, Section
from tests.spec.drawing import Drawn, as_markdown, read_table, read_tables
from warehouse.derived.endpoint_definitions import Definition, definitions

PAGE = Path(__file__).parents[2] / "docs" / "endpoints.md"

TABLES: dict[str, tuple[Section, ...]] = {
    "lesion_ltp": test_lesion_ltp.SECTIONS,
    "patient_genotype": test_patient_genotype.SECTIONS,
    "patient_ltpfs": test_patient_ltpfs.SECTIONS,
    "time_to_event": test_time_to_event.SECTIONS,
}
ABOUT = {
    "lesion_ltp": "One row per ablated lesion: completely ablated? local progression? how long free of it?",
    "patient_genotype": "One row per patient with a session: KRAS, NRAS, BRAF, RAS, further genes, MSI, MMR and TMB.",
    "patient_ltpfs": "One row per patient with a lesion: the index study's endpoint, genotype and covariates.",
    "time_to_event": "One row per endpoint, level and subject: its start, its end and the event.",
}
OPENING = """\
# Endpoints

How each endpoint is defined, clause by clause, with drawn examples. Every example is a test: the
warehouse's SQL and a second, independent implementation in plain Python both give the rows shown. This page is
generated from those tests (`python -m tests.spec.render`); change them, not the page.

Months are days / 30.4375. Dates are days; no clock time is known.

The examples show only what matters. Unless an example says otherwise, patient P1 of site a had lesion
L1 (20 mm) ablated once, on 2020-01-01; an exam is a CT with contrast that finds no viable tumour in L1;
exams are E1, E2, ... and sessions S1, S2, ... in the order drawn; a genotype row is for KRAS in specimen T1,
from a liver metastasis. Input columns that are not shown are empty; results show only the columns that the
clause is about.
"""

LISTED = """\
## Definitions

Every endpoint of derived.time_to_event, one row per endpoint and level, made from the headers in
`warehouse/sql/endpoints/`. The index study's definition is listed beside SIO/DATECAN-style ones; the column
`definition` says which one a row follows. "SIO/DATECAN-style" names the origin of the wording; it does not mean that
the consensus was followed exactly
([0014](decisions/0014-definitions-of-endpoints.md)). A new definition is one new file; `registry what-moved` shows whom
another version would move before it is adopted ([definitions](definitions.md)).

`source_table` and `source_key` name the row that decided: the exam for a progression or for censoring, the patients
row for a death, and for OS and CSS the row that last shows the patient alive. A key is the row's key columns
joined by bars. If no exam could have shown the event, they name the patient's row of derived.patient_progression, which
holds the start."""
NOT_CARRIED = """\
### What needs treatments

STFI, TTUP and DFS, and event code 3 of TTLTP (removal of the ablated area), come from the optional export
[treatments](exports.md#treatments). Patients of a site that does not deliver it have no row for these endpoints,
because nothing is known, and a registry in which no site does cannot estimate them. Even with it, no export holds a
tumour board's decision, for which the first palliative treatment stands, or whether the primary was removed
([0057](decisions/0057-treatments-in-time.md)).

LTPFS12_CRUDE, the crude share beyond 12 months, is not a time to event; analysis.replication has it, labelled as
biased. The consensus defines no endpoint per session. Technical success, primary and assisted efficacy of lesions
and complications of sessions are shares without a clock. They are in analysis.technique, which counts subjects without
this information separately: technical success is that of the lesion's first session; efficacy is for lesions with an
exam that found viable tumour or none; complications are for sessions that name a scale, by scale and grade."""


def listed(found: list[Definition]) -> str:
    """The definitions as a table."""
    columns = ("definition", "level", "event", "competing", "censored at", "clock", "source")
    fields = ("event", "competing", "censoring", "clock", "source")
    rows = [
        (f"{one.header['definition']}: {one.header['title']}", one.level, *(one.header[name] for name in fields))
        for one in found
    ]
    return as_markdown(columns, rows)


def page() -> str:
    """The whole page as Markdown."""
    contents = "\n".join(f"- [{table}](#derived{table}): {ABOUT[table]}" for table in TABLES)
    parts = [OPENING, contents, LISTED, listed(definitions()), NOT_CARRIED]
    for table, sections in TABLES.items():
        parts += [f"## derived.{table}", ABOUT[table]]
        for section in sections:
            parts += [f"### {section.heading}", section.words]
            parts += [drawn_case(table, case) for case in section.cases]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def drawn_case(table: str, case: Case) -> str:
    """One case: its clause, the rows that come in, the rows that go out."""
    parts = [f"#### {case.title}"]
    for given in read_tables(case.given):
        parts.append(named_table(f"**{given.name}**", given))
    if not case.given:
        parts.append("Only the one session.")
    selected = "".join(f", {column} {values.replace(' ', ', ')}" for column, values in case.only.items())
    if case.expected == NO_ROW:
        parts.append(f"gives no row in **derived.{table}**{selected}.")
    else:
        parts.append(named_table(f"gives **derived.{table}**{selected}", read_table(case.expected)))
    return "\n\n".join(parts)


def named_table(name: str, table: Drawn) -> str:
    """A table under its name."""
    return f"{name}\n\n{as_markdown(table.columns, table.rows)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
