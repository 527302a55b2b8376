"""Tests the query sheet's third sheet: genotypes that are kept and that only the site can settle."""

import openpyxl
import pytest

from tests.quality.site_at_work import SITE, Site
from warehouse.queries.flagged_rows import COLUMNS, SHEET, flagged_rows
from warehouse.queries.open_entries import open_entries
from warehouse.queries.query_sheet import write_sheet

GENOTYPES = "patient_id,specimen_id,specimen_site,specimen_date,gene,result,variant,panel,vaf_percent"


@pytest.fixture
def shown(tmp_path):
    """The sheet's lines below its header, for six genotypes of which the last is sound."""
    site = Site(tmp_path)
    site.sessions("2024-01-31.csv", *(f"P{n},S1,2023-05-03,L1,20,5,60" for n in range(1, 7)))
    site.deliver(
        "genotypes",
        "2024-01-31.csv",
        GENOTYPES,
        "P1,T1,liver_metastasis,2023-01-02,KRAS,mutant,=HYPERLINK(1),ngs,",
        "P2,T1,liver_metastasis,2023-01-02,KRAS,mutant,p.G12D (c.38G>A),ngs,",
        "P3,T1,liver_metastasis,2023-01-02,RAS,mutant,G12D,ngs,",
        "P4,T1,liver_metastasis,2023-01-02,KRAS,mutant,G12D,ngs,",
        "P4,T1,liver_metastasis,2023-01-02,KRAS,wild_type,,ngs,",
        "P6,T1,liver_metastasis,2023-01-02,KRAS,mutant,G12D,ngs,",
    )
    site.refresh()
    path = tmp_path / "asked.xlsx"
    with site.build() as con:
        write_sheet(path, SITE, "a release", open_entries(con, SITE), flagged=flagged_rows(con, SITE))
    return [list(row) for row in openpyxl.load_workbook(path)[SHEET].iter_rows()]


def test_flagged_genotypes_are_shown(shown):
    """An unread variant, notations that disagree, a gene that is none and a specimen that says both are listed, each
    with its rule and sentence; a sound row is not."""
    header, *lines = [[cell.value or "" for cell in row] for row in shown]
    assert tuple(header) == COLUMNS
    at = {name: header.index(name) for name in COLUMNS}
    assert {(line[at["patient"]], line[at["rule"]]) for line in lines} == {
        ("P1", "GEN-01-W"),
        ("P2", "GEN-02"),
        ("P3", "GEN-01-W"),
        ("P4", "GEN-05"),
    }
    assert all(line[at["what to look at"]] for line in lines)


def test_no_cell_is_a_formula(shown):
    """A variant that begins like a formula stays text."""
    assert {cell.data_type for row in shown for cell in row if cell.value is not None} == {"s"}
