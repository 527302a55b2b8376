"""A wide file that loses a column for some of its labels, or for all, says nothing of it: what was known stays."""

import pytest

from tests.sources.test_mapped_deliveries import WIDE
from tests.warehouse.kit import SITE, Kit

BEFORE = "Pat-Nr.,Datum,l1_status,l1_dist,l2_status,l2_dist\n001,2021-03-04,0,3,1,4\n"
CELLS = "SELECT lesion_id, lesion_status, distance_to_zone_mm FROM raw.imaging_followups_current ORDER BY ALL"
KNOWN = [("1", "no_viable", "3"), ("2", "ltp", "4")]


def _delivered(kit: Kit, *files: str) -> Kit:
    kit.configure(SITE, WIDE)
    for number, text in enumerate(files, start=1):
        kit.deliver(SITE, "klinik", f"2021-0{number}-01.csv", text)
        kit.refresh()
    return kit


@pytest.mark.long
def test_a_column_lost_for_one_label(kit: Kit) -> None:
    """A local recurrence of lesion 2 stays known when its status column is gone; the label's other cells are new. Step
    by step and in a full refresh.
    """
    _delivered(kit, BEFORE, "Pat-Nr.,Datum,l1_status,l1_dist,l2_dist\n001,2021-03-04,0,3,5\n")
    expected = [KNOWN[0], ("2", "ltp", "5")]
    assert kit.tuples(CELLS) == expected
    assert kit.load("2021-02-01.csv")["unchanged"] == 1 and kit.load("2021-02-01.csv")["changed"] == 1
    kit.refresh(full=True)
    assert kit.tuples(CELLS) == expected


@pytest.mark.long
def test_an_empty_cell_still_empties(kit: Kit) -> None:
    """A column that is there and empty is an answer: only the lost one is inherited."""
    _delivered(kit, BEFORE, "Pat-Nr.,Datum,l1_status,l1_dist,l2_dist\n001,2021-03-04,0,,5\n")
    assert kit.tuples(CELLS) == [("1", "no_viable", None), ("2", "ltp", "5")]


@pytest.mark.long
def test_a_column_lost_for_all_labels(kit: Kit) -> None:
    """It is reported as lost, like any column, and its cells stay."""
    _delivered(kit, BEFORE, "Pat-Nr.,Datum,l1_status,l2_status\n001,2021-03-04,0,1\n")
    assert kit.tuples(CELLS) == KNOWN
    assert "distance_to_zone_mm" in kit.load("2021-02-01.csv")["lost_columns"]


@pytest.mark.long
def test_a_required_column_lost_for_all_labels(kit: Kit) -> None:
    """The delivery is rejected by the name of the source column."""
    genes = (
        '[exports.genotypes]\nsource = "klinik"\n[exports.genotypes.columns]\npatient_id = "Nr"\nspecimen_id = "Nr"\n'
        'specimen_site = { value = "primary" }\n[[exports.genotypes.repeat]]\ncolumn = "gene"\n'
        'labels = ["KRAS", "NRAS"]\ncolumns = { result = "{}", variant = "{}_variante" }\n[sources.klinik]\n'
    )
    kit.configure(SITE, genes)
    kit.deliver(SITE, "klinik", "2021-01-01.csv", "Nr,KRAS,KRAS_variante,NRAS\n001,mutant,p.G12D,wild_type\n")
    kit.deliver(SITE, "klinik", "2021-02-01.csv", "Nr,KRAS_variante\n001,p.G12D\n")
    kit.refresh()
    assert kit.tuples("SELECT gene, result, variant FROM raw.genotypes_current ORDER BY ALL") == [
        ("KRAS", "mutant", "p.G12D"),
        ("NRAS", "wild_type", None),
    ]
    load = kit.load("2021-02-01.csv")
    assert (load["status"], load["rows_received"]) == ("rejected", 0)
    assert load["reason"].startswith("The file has no column KRAS. Correct the name in site.toml")


@pytest.mark.long
def test_a_sheet_that_loses_a_column(kit: Kit) -> None:
    """Two sheets of one workbook feed an export; the rows of a sheet without the column keep what they had."""
    from io import BytesIO

    from openpyxl import Workbook

    def book(second: list[list[str]]) -> bytes:
        made = Workbook()
        made.active.title = "A"
        for row in (["patient_id", "sex"], ["P1", "male"]):
            made.active.append(row)
        sheet = made.create_sheet("B")
        for row in second:
            sheet.append(row)
        content = BytesIO()
        made.save(content)
        return content.getvalue()

    kit.configure(
        SITE,
        '[sources.a]\nfolder = "both"\nsheet = "A"\n[sources.b]\nfolder = "both"\nsheet = "B"\n'
        '[exports.patients]\nsource = ["a", "b"]\n',
    )
    kit.deliver(SITE, "both", "2021-01-01.xlsx", book([["patient_id", "sex"], ["P2", "female"]]))
    kit.deliver(SITE, "both", "2021-02-01.xlsx", book([["patient_id", "ecog"], ["P2", "1"]]))
    kit.refresh()
    assert kit.tuples("SELECT patient_id, sex, ecog FROM raw.patients_current ORDER BY ALL") == [
        ("P1", "male", None),
        ("P2", "female", "1"),
    ]
