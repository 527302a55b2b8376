"""Writes docs/sources/map.md: from a hospital's files to a site.toml, carried out as it is written there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pyreadstat

from tests.docs.markdown import page, table
from tests.proposals.site_files import answered
from tests.warehouse.kit import new_kit
from warehouse.proposals.site_proposal import Proposal, propose

SITE = "north"
ABLATIONS = """Register der Universitätsklinik;Stand 30.06.2024;;;;;
Pat.-Nr.;Eingriffsdatum;Herd;Durchmesser;Verfahren;Kapsel;Ablationsrand (mm)
N-001;25.03.2021;1;2,9;RFA;ja;5,5
N-001;25.03.2021;2;1,4;Mikrowelle;nein;7
N-002;04.11.2021;1;k.A.;RFA;fraglich;3
"""
CONTROLS = """Pat.-Nr.;Untersuchungsdatum;Bildgebung;KM;l1_Status;l2_Status
N-001;05.07.2021;MRT;ja;kein Rezidiv;Lokalrezidiv
N-002;02.03.2022;CT;ja;Resttumor;
"""
STATISTICS = pd.DataFrame(
    {"V1": ["N-001", "N-002"], "V2": [2.0, 1.0], "V3": [1950.0, 1944.0], "V4": [0.0, 0.0], "V5": ["A", "B"]}
)
TITLES = {
    "V1": "Pseudonym",
    "V2": "Geschlecht",
    "V3": "Geburtsjahr des Patienten",
    "V4": "Vitalstatus",
    "V5": "Station",
}
LABELS = {"V2": {1.0: "männlich", 2.0: "weiblich"}, "V4": {0.0: "lebt", 1.0: "verstorben", 9.0: "keine Angabe"}}
ANSWERS = (
    'max_diameter_mm = { from = "Durchmesser", unit = "cm" }',
    'exam_id = { join = ["Pat.-Nr.", "Untersuchungsdatum", "Bildgebung"], with = "_" }',
    'exam_date = { from = "Untersuchungsdatum", format = ["%d.%m.%Y"] }',
)
LOADED = (
    ("rfa_sessions", "patient_id, session_date, lesion_id, max_diameter_mm, modality, subcapsular"),
    ("imaging_followups", "patient_id, exam_date, lesion_id, modality, lesion_status"),
)

INTRODUCTION = """\
# A site.toml for a hospital's own files

A hospital delivers what it has: its own columns, words, dates and units. `site.toml` says once how they read.
`registry map` looks at the files and proposes that file. What the files show becomes a line; what they leave open
becomes a question, and no answer is guessed. This page is carried out when it is made: files, proposal and tables are
what the commands gave."""
STEPS = """\
## Three steps

1. Put the files into a folder of the site, of any name: `landing/north/klinik/`, `landing/north/kontrollen/`. Begin
   their names with the date of the export, as in `2026-01-31_sessions.csv`: files are read in the order of names.
   Without a registry, any folder with these folders in it will do: `registry map PATH`.
2. Run `registry map north`. It prints what it saw of each file and the proposal, and writes `landing/north/site.toml`
   if there is none. If there is one, it prints the difference and writes nothing. If no file is a table whose columns
   are known, it says of each file why and what to do, and ends with exit code 1.
3. Open the file and answer the questions: they begin with `# ?`. Below each one are its answers, as comments: take one
   by removing its `# `. For a code, write what it means in
   place of the `?`. `registry check north` then says what would load, and `registry refresh` loads it."""
SURE = (
    (
        "encoding, delimiter, header row",
        "the encoding whose letters make words; the first row that names columns, below titles",
        "an encoding if another fits as well",
    ),
    (
        "names of columns",
        "canonical names; words of the dictionary in German, French, Spanish, Portuguese, Italian, Dutch, Chinese, "
        "English; titles (variable labels) of SPSS, Stata, SAS, REDCap and Castor",
        "mistyped names, words that may mean more (recurrence), two columns of one meaning, a name and a title that "
        "differ, a sentence that holds a known word, a hospital's own numbers",
    ),
    (
        "dates",
        "formats that read every cell, if a cell has a day above 12",
        "both orders, if no day is above 12; cells that are no dates",
    ),
    (
        "decimal comma",
        "if no number has a point",
        "if commas and points occur",
    ),
    (
        "units",
        "the unit in the name, `(cm)` or `[mm]`, if half of the values are of its size",
        "diameters with a median below 8; a margin without a unit beside diameters in cm; shares up to 1;"
        " times above 60",
    ),
    (
        "codes",
        "words of the dictionary; value labels of SPSS, Stata, SAS, REDCap and Castor; a legend in a column's name, "
        "such as Geschlecht (1=m, 2=w); 1 and 0 of a flag; words of the same language for codes that no cell has yet",
        "every other value",
    ),
    (
        'cells for "not known"',
        "words such as k.A., n/a; a number that no column could hold, such as 999; a number of a measurement that the "
        "file labels so",
        "a number that is also a value, such as -9 beside margins; other numbers with a label",
    ),
    (
        "wide columns",
        "columns that differ by a number or a gene",
        "",
    ),
    (
        "identifiers",
        "a session or exam is made of patient and date if no column names it",
        "if these do not tell all rows apart",
    ),
    (
        "REDCap",
        "raw and label exports, the project's XML, the data dictionary beside `site.toml`, the instrument of each "
        "export",
        "an instrument that the rows do not tell",
    ),
    (
        "Castor",
        "the ZIP of the export, or its single files in both generations of Castor's words; the form of each export, "
        "option groups",
        "the unit of a number; the lesion, if no field names it",
    ),
    (
        "what it has nearly",
        "",
        "a date of birth or an age in place of the year of birth; dates of death without a vital status; RAS in place "
        "of KRAS and NRAS; a date of recurrence in place of exams. The question says what to change in the export",
    ),
    (
        "all other columns",
        "",
        "nothing; a comment below the source names them",
    ),
)
"""What of a file -> what of it becomes a line, and what is asked."""
FURTHER = """\
The words for a code that no cell has stand in its line all the same, and a comment above it names them: a file in which
everybody lives has no word for the dead, and those of the next delivery would be set aside. Remove what your hospital
never writes."""
STATISTICS_TEXT = """\
## A statistics file

The columns of an SPSS file are often called V1 to V99, and say in their titles what they are:"""
WORDS = """\
The words are in `warehouse/proposals/words.toml`, one line for each column or code and language; add one that is
missing. A proposal holds names of columns and words of coded columns. It holds no identifier, date or free text, and no
word that may be somebody's name."""


def render() -> str:
    """The page, from a proposal and a refresh that are carried out."""
    with tempfile.TemporaryDirectory() as folder, new_kit(Path(folder) / "home") as kit:
        kit.deliver(SITE, "klinik", "2024-06-30.csv", ABLATIONS.encode("cp1252"))
        kit.deliver(SITE, "kontrollen", "2024-06-30.csv", CONTROLS)
        found = propose(kit.home.landing / SITE)
        kit.configure(SITE, answered(found.text, *ANSWERS))
        kit.refresh()
        assert kit.problems == []
        rows = [
            (export, columns, kit.tuples(f"SELECT {columns} FROM clean.{export} ORDER BY ALL"))
            for export, columns in LOADED
        ]
        entries = [(e["export"], e["line"], e["source_column"] or "", e["rule_id"]) for e in kit.entries()]
    return page(
        INTRODUCTION,
        STEPS,
        "## An example",
        "A clinic's ablations (Windows-1252, a title above the header) and its controls:",
        f"```text\n{ABLATIONS}```",
        f"```text\n{CONTROLS}```",
        "What `registry map north` saw:",
        _seen(found),
        "What it proposes:",
        f"```toml\n{found.text}```",
        f"Its {found.n_questions} questions are about a unit, about day and month where no day is above 12,\n"
        "about what is made of that date, and about a word that the dictionary does not know. Three are answered\n"
        "by removing the `# ` of these lines:",
        "```toml\n" + "\n".join(ANSWERS) + "\n```",
        "The word is left open. Then `registry refresh` loads:",
        *(
            f"{export}:\n\n{table(columns.split(', '), [_shown(row) for row in found])}"
            for export, columns, found in rows
        ),
        "What could not be read is set aside, by line and by the clinic's own column:",
        table(("export", "line", "source column", "rule"), entries),
        FURTHER,
        STATISTICS_TEXT,
        table(("column", "title", "value labels"), _described()),
        "What is proposed of it:",
        f"```toml\n{_of_statistics()}```",
        "## What becomes a line, and what is asked",
        table(("of a file", "becomes a line", "is asked"), SURE),
        WORDS,
    )


def _described() -> list[tuple[str, str, str]]:
    return [
        (name, title, ", ".join(f"{code:.0f} {label}" for code, label in LABELS.get(name, {}).items()))
        for name, title in TITLES.items()
    ]


def _of_statistics() -> str:
    """What is proposed of the SPSS file, without the comment at the beginning."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / SITE / "spss" / "2024-06-30.sav"
        path.parent.mkdir(parents=True)
        pyreadstat.write_sav(STATISTICS, path, column_labels=TITLES, variable_value_labels=LABELS)
        return propose(path.parent.parent).text.partition("\n\n")[2]


def _seen(found: Proposal) -> str:
    rows = [
        (one.place, one.read_as, one.n_rows, f"{one.n_used} of {one.n_columns}", ", ".join(one.exports))
        for one in found.found
    ]
    return table(("file", "read as", "rows", "columns used", "feeds"), rows)


def _shown(row: tuple) -> list[str]:
    return ["" if cell is None else str(cell) for cell in row]
