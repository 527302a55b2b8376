"""Files and mappings that do not fit each other: a sentence with its cure, nothing half-loaded, everybody else goes on.

Each file holds the word zqcell in its cells, which is in no sentence.
"""

import io
import json
import zipfile

import pytest

from tests.sources.redcap_kit import STUDY
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, csv_of, row_of

GERMAN = """
[sources.klinik]
decimal = ","
{source}
[exports.patients]
source = "klinik"
[exports.patients.columns]
patient_id = "Nr"
[exports.rfa_sessions]
source = "klinik"
[exports.rfa_sessions.columns]
patient_id = "Nr"
session_id = "Datum"
session_date = "Datum"
lesion_id = "Herd"
max_diameter_mm = {{ from = "Size", unit = "cm" }}
"""
ROWS = "Nr;Datum;Herd;Size\nzqcell1;2021-03-04;1;2,9\nzqcell2;2021-03-05;1;1,2\n"
PROJECT = """
[sources.redcap]
kind = "redcap"
{source}
[exports.patients]
source = "redcap"
instrument = "patient"
[exports.patients.columns]
patient_id = "pid"
prior_chemotherapy = "{box}"
[exports.rfa_sessions]
source = "redcap"
instrument = "ablation"
{where}
[exports.rfa_sessions.columns]
patient_id = "pid"
session_id = "redcap_repeat_instance"
session_date = "rfa_date"
lesion_id = {{ value = "1" }}
max_diameter_mm = "size"
"""
RECORDS = """pid,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex,drugs___1,drugs___2,\
patient_complete,rfa_date,size,ablation_complete
zqcell1,start_arm_1,,,2,1,0,2,,,
zqcell1,start_arm_1,ablation,1,,,,,2020-01-05,25,2
"""
LABELS = "Record ID,Sex,Complete?,Date,Diameter,Complete?\nzqcell1,female,Complete,,,\n"
DICTIONARY = 'dictionary = "study.csv"'


def project(source: str = DICTIONARY, where: str = "", box: str = "drugs___1") -> str:
    """A site.toml of a REDCap project."""
    return PROJECT.format(source=source, where=where, box=box)


def zipped() -> bytes:
    """A zip archive with a table."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr("a.csv", ROWS)
    return sink.getvalue()


def titled() -> bytes:
    """A workbook with a title, narrower than the table, above the header."""
    from openpyxl import Workbook

    book, sink = Workbook(), io.BytesIO()
    book.active.append(["Report"])
    for line in ROWS.splitlines():
        book.active.append(line.split(";"))
    book.save(sink)
    return sink.getvalue()


WAITS = " The site's files wait."
COMMA = GERMAN.format(source='delimiter = ","')
ONE_COLUMN = (
    "exports.rfa_sessions.columns.patient_id: no file of klinik has a column Nr: all of it is one column, and its "
    'cells may be separated by semicolons. Write delimiter = ";" for this source into site.toml.'
)
SITE_FILE: dict[str, tuple[str, str, str]] = {
    # what is wrong -> site.toml, the file, what is said of site.toml, which then does not hold
    "another delimiter": (COMMA, ROWS, ONE_COLUMN),
    "another delimiter, and Excel's first line": (
        COMMA,
        f"sep=;\n{ROWS}",
        ONE_COLUMN,
    ),
    "a choice that the checkbox lacks": (
        project(box="drugs___9"),
        RECORDS,
        "exports.patients.columns.prior_chemotherapy: no file of redcap has a column drugs___9; the choices of drugs "
        "in it are drugs___1, drugs___2. Name the choice that is meant.",
    ),
    "labels where fields are named": (
        project(source=""),
        LABELS,
        "exports.rfa_sessions: The file is a label export: its header holds labels, and site.toml names fields (pid, "
        'redcap_repeat_instance, rfa_date, size). Add dictionary = "..." to the source in site.toml, or deliver a raw '
        "export.",
    ),
    "a checkbox without its choice": (
        project(box="drugs"),
        RECORDS,
        "exports.patients.columns.prior_chemotherapy: no file of redcap has a column drugs; the choices of drugs in it "
        "are drugs___1, drugs___2. Name the choice that is meant.",
    ),
    "no data access groups": (
        project(where='where = { redcap_data_access_group = ["ulm"] }'),
        RECORDS,
        "exports.rfa_sessions.where: no file of redcap has a column redcap_data_access_group. Export the data again in "
        "REDCap with data access groups, or remove the name from site.toml.",
    ),
    "repeats without their columns": (
        project(),
        "pid,sex,patient_complete,rfa_date,size,ablation_complete\nzqcell1,2,2,,,\nzqcell1,,,2020-01-05,25,2\n",
        "exports.rfa_sessions: The file has no columns redcap_repeat_instrument and redcap_repeat_instance, which say "
        "what rows are of ablation. Export the data again in REDCap (My Reports & Exports, all data) and deliver it "
        "unchanged.",
    ),
}
NESTED = "\n".join(
    json.dumps({"Nr": f"zqcell{i}", "Datum": {"day": "2021-03-04"}, "Herd": "1", "Size": 2}) for i in "12"
)
FILES: dict[str, tuple[str, str, str | bytes, str, set[str]]] = {
    # what is wrong -> site.toml, name, content, what is said, the exports that it is said of
    "a zip archive named .xlsx": (
        GERMAN.format(source=""),
        "b.xlsx",
        zipped(),
        "The file is a zip archive. Unpack it and deliver the table itself.",
        {"patients", "rfa_sessions"},
    ),
    "objects in a column that one export reads": (
        GERMAN.format(source=""),
        "b.ndjson",
        NESTED,
        "There are lists or objects in Datum. Write one value into each cell.",
        {"rfa_sessions"},
    ),
    "a title that site.toml does not mention": (
        GERMAN.format(source=""),
        "b.xlsx",
        titled(),
        "Row 2 has a cell beyond the last column that has a name. If the header is below that row, or in it, write its "
        "row as header_row of this source into site.toml; else name the column in the header, or clear the cell.",
        {"patients", "rfa_sessions"},
    ),
    "instances that are no whole numbers": (
        project(),
        "b.csv",
        RECORDS.replace("ablation,1,", "ablation,1.5,"),
        "redcap_repeat_instance is not a whole number in 1 row. Export the data again in REDCap (My Reports & Exports, "
        "all data) and deliver it unchanged.",
        {"patients", "rfa_sessions"},
    ),
}


def _deliver(kit: Kit, site_toml: str, name: str, content: str | bytes) -> None:
    kit.configure(SITE, site_toml)
    if DICTIONARY in site_toml:
        (kit.home.landing / SITE / "study.csv").write_text(STUDY, encoding="utf-8")
    kit.deliver(SITE, "redcap" if "redcap" in site_toml else "klinik", name, content)


def _others_went_on(kit: Kit) -> None:
    """The other site's rows are loaded, and no sentence holds a cell."""
    assert kit.value("SELECT count(*) FROM clean.rfa_sessions WHERE site = 'other'") == 1
    assert "zqcell" not in f"{kit.rows('FROM meta.loads')}{kit.problems}"


@pytest.fixture
def beside(kit: Kit) -> Kit:
    """A home in which another site delivers too."""
    kit.deliver("other", "rfa_sessions", "a.csv", csv_of([row_of("rfa_sessions")]))
    return kit


@pytest.mark.long
@pytest.mark.parametrize("what", quick(4, SITE_FILE))
def test_a_site_toml_that_no_file_fits(beside: Kit, what: str) -> None:
    """It says why no file has the column, not only that none has; nothing of the file is loaded, nobody else waits."""
    site_toml, content, said = SITE_FILE[what]
    _deliver(beside, site_toml, "b.csv", content)
    beside.refresh()
    assert beside.problems == [(f"landing/{SITE}/site.toml", said + WAITS)]
    assert beside.value("SELECT count(*) FROM meta.loads WHERE site = ?", SITE) == 0
    _others_went_on(beside)


@pytest.mark.long
@pytest.mark.parametrize("what", FILES)
def test_a_file_that_site_toml_does_not_fit(beside: Kit, what: str) -> None:
    """The delivery is rejected whole, for the exports that it concerns; the others of the file load all rows."""
    site_toml, name, content, said, concerned = FILES[what]
    _deliver(beside, site_toml, "a.csv", RECORDS if "redcap" in site_toml else ROWS)
    _deliver(beside, site_toml, name, content)
    beside.refresh()
    assert beside.problems == []
    loads = beside.tuples("SELECT export, status, reason, rows_received FROM meta.loads WHERE delivery = ?", name)
    assert {export for export, *_ in loads} == {"patients", "rfa_sessions"}
    for export, *load in loads:
        assert (tuple(load) == ("rejected", said, 0)) == (export in concerned), (export, load)
        assert export in concerned or load == ["accepted", None, 2]
    _others_went_on(beside)
