"""What is kept of a MAF or VCF after an erasure reads as the file did: calls, wild types and lines stay."""

from pathlib import Path

import duckdb
import pytest

from tests.sources.calls_kit import call, feed_of, maf
from tests.sources.test_vcf import record, vcf
from warehouse.readers.redacted import Part, open_kept, write_kept
from warehouse.sources.mapping import map_columns, patients_of
from warehouse.sources.open_mapped import open_part, prepare, reading_of
from warehouse.sources.site_mapping import Feed

TESTED = 'genes = ["KRAS", "NRAS"]\ntested = ["KRAS", "NRAS"]\npatient_in_sample = "^QX[0-9]"'
MAF = maf(call(sample="QX1-T"), call(sample="QX2-T", gene="NRAS"), call(sample="QX3-T", gene="EGFR"))
VCF = vcf(record(cells=("GT:AD", "0/1:70,30", "0/0:9,0", "0/1:60,40")), samples=("QX1-T", "QX2-T", "QX3-T"))


def _rows(con: duckdb.DuckDBPyConnection, source, feed: Feed) -> list[tuple]:
    mapped = map_columns(prepare(con, source, feed, {}), feed)
    return con.execute(f"SELECT * FROM {mapped.source.relation} ORDER BY line").fetchall()


@pytest.mark.parametrize(("kind", "text"), [("maf", MAF), ("vcf", VCF)])
def test_others_rows_stay_as_they_were(tmp_path: Path, kind: str, text: str) -> None:
    """Rows of QX1 are known by its sample's name, and without them nothing names it."""
    path = tmp_path / f"calls.{kind}"
    path.write_text(text, encoding="utf-8")
    con, feed = duckdb.connect(), feed_of(kind, "", TESTED)
    source = open_part(con, path, feed)
    before = _rows(con, source, feed)
    whose = patients_of(prepare(con, source, feed, {}), feed)
    lines = {line for (line,) in con.execute(f"SELECT line FROM {whose} WHERE patient_id = 'QX1'").fetchall()}
    assert {row[0] for row in before if row[1] == "QX1"} <= lines
    kept = tmp_path / "kept"
    where = f"line NOT IN ({', '.join(map(str, lines))})"
    write_kept(con, [Part(reading_of(feed), source, is_text=False)], [where], kept)
    assert b"QX1" not in kept.read_bytes() and source.about
    after = _rows(con, open_kept(con, kept, reading_of(feed)), feed)
    assert after == [row for row in before if row[1] != "QX1"]
    assert len(after) == 4
