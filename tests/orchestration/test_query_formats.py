"""What each format of `registry query` looks like, byte for byte."""

import csv
import io
import json

import pyarrow.parquet as parquet
import pytest

from tests.e2e.demonstration import Demonstration
from tests.orchestration.command import run_apart, run_here

CELLS = """
    SELECT 1 AS n, NULL AS nothing, true AS yes, false AS no, DATE '2020-02-29' AS day, 2.5::DOUBLE AS half,
           'a,b' AS comma, 'say "x"' AS quote, 'two' || chr(10) || 'lines' AS lines, 'Ü 突变' AS beyond_ascii,
           '' AS empty
"""


def ask(demonstration: Demonstration, sql: str, format: str) -> bytes:
    """Return what the query writes to standard output, and assert that standard error is empty."""
    ran = run_here(demonstration.home.root, "query", sql, "--format", format)
    assert (ran.code, ran.err) == (0, b"")
    return ran.out


def test_csv(demonstration: Demonstration) -> None:
    """CSV is UTF-8 without BOM, with one header line, LF line ends, empty for null, true / false and ISO dates."""
    assert ask(demonstration, CELLS, "csv").decode("utf-8") == (
        "n,nothing,yes,no,day,half,comma,quote,lines,beyond_ascii,empty\n"
        '1,,true,false,2020-02-29,2.5,"a,b","say ""x""","two\nlines",Ü 突变,\n'
    )


def test_csv_quotes_a_carriage_return(demonstration: Demonstration) -> None:
    """A CSV reader gets a cell that holds a single carriage return as one cell of one row."""
    out = ask(demonstration, "SELECT 'a' || chr(13) || 'b' AS text, 2 AS n", "csv")
    assert out == b'text,n\n"a\rb",2\n'


def test_csv_without_rows(demonstration: Demonstration) -> None:
    """A result without rows is its header line."""
    assert ask(demonstration, "SELECT 1 AS n, 'x' AS text WHERE false", "csv") == b"n,text\n"


def test_csv_of_one_column_of_nulls(demonstration: Demonstration) -> None:
    """A CSV reader gets a row that holds only a null as one row."""
    out = ask(demonstration, "SELECT NULL AS n FROM range(2)", "csv")
    assert list(csv.reader(io.StringIO(out.decode()))) == [["n"], [""], [""]]


def test_csv_keeps_every_row(demonstration: Demonstration) -> None:
    """A result with more rows than one fetch is complete, in order and under one header."""
    out = ask(demonstration, "SELECT range AS n FROM range(25000)", "csv").decode()
    assert out == "n\n" + "".join(f"{n}\n" for n in range(25_000))


@pytest.mark.long
def test_csv_has_lf_in_a_fresh_process(demonstration: Demonstration) -> None:
    """The console script itself writes the same bytes, whatever the locale."""
    ran = run_apart(demonstration.home.root, "query", CELLS, "--format", "csv", LC_ALL="C", PYTHONIOENCODING="latin-1")
    assert (ran.code, ran.err) == (0, b"")
    assert ran.out == ask(demonstration, CELLS, "csv")


def test_csv_reads_back(demonstration: Demonstration) -> None:
    """A released table read back from CSV equals the table."""
    out = ask(demonstration, "FROM derived.lesion_ltp ORDER BY ALL", "csv").decode()
    rows = list(csv.DictReader(io.StringIO(out)))
    kept = demonstration.rows("SELECT lesion_id, ltp, ltpfs_days FROM derived.lesion_ltp ORDER BY lesion_id")
    words = {True: "true", False: "false", None: ""}
    assert [(r["lesion_id"], r["ltp"], r["ltpfs_days"]) for r in sorted(rows, key=lambda r: r["lesion_id"])] == [
        (lesion, words[ltp], "" if days is None else str(days)) for lesion, ltp, days in kept
    ]


def test_json(demonstration: Demonstration) -> None:
    """JSON is an array of objects with null for null and ISO dates as text."""
    (row,) = json.loads(ask(demonstration, CELLS, "json"))
    assert row["nothing"] is None and row["yes"] is True and row["n"] == 1 and row["half"] == 2.5
    assert row["day"] == "2020-02-29" and row["beyond_ascii"] == "Ü 突变"


def test_json_names_are_distinct(demonstration: Demonstration) -> None:
    """Columns of the same name get distinct names, so that no object loses a cell."""
    assert json.loads(ask(demonstration, "SELECT 1 AS n, 2 AS n", "json")) == [{"n": 1, "n_1": 2}]


def test_json_without_rows(demonstration: Demonstration) -> None:
    """A result without rows is an empty array."""
    assert json.loads(ask(demonstration, "SELECT 1 AS n WHERE false", "json")) == []


def test_json_numbers_are_json(demonstration: Demonstration) -> None:
    """Infinite and undefined numbers, which JSON cannot hold, are null."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    sql = "SELECT 'inf'::DOUBLE AS a, 'nan'::DOUBLE AS b, [1.5, 'nan'::DOUBLE] AS c, 2.50::DECIMAL(5, 2) AS d"
    out = ask(demonstration, sql, "json")
    assert json.loads(out, parse_constant=refuse) == [{"a": None, "b": None, "c": [1.5, None], "d": 2.5}]


def test_parquet(demonstration: Demonstration) -> None:
    """Parquet is a file with the result's columns and types."""
    out = ask(demonstration, "SELECT lesion_id, ltp, ltp_date FROM derived.lesion_ltp ORDER BY 1", "parquet")
    table = parquet.read_table(io.BytesIO(out))
    assert table.num_rows == 212
    assert [str(field.type) for field in table.schema] == ["string", "bool", "date32[day]"]


def test_parquet_keeps_whole_numbers(demonstration: Demonstration) -> None:
    """A sum of whole numbers, which DuckDB makes of 128 bits, is a whole number in the file; csv prints it as it is."""
    sql = "SELECT sum(n_lesions) AS n, list(n_lesions::HUGEINT) AS each, 0.5 AS half FROM derived.patient_ltpfs"
    table = parquet.read_table(io.BytesIO(ask(demonstration, sql, "parquet")))
    assert [str(field.type) for field in table.schema] == ["int64", "list<element: int64>", "decimal128(2, 1)"]
    assert table["n"].to_pylist() == [212] and sum(table["each"][0].as_py()) == 212
    widest = "SELECT 170141183460469231731687303715884105727::HUGEINT AS n"
    assert ask(demonstration, widest, "csv") == b"n\n170141183460469231731687303715884105727\n"
    ran = run_here(demonstration.home.root, "query", widest, "--format", "parquet")
    assert (ran.code, ran.out) == (1, b"") and b"64 bits" in ran.err


def test_table(demonstration: Demonstration) -> None:
    """The default format is a drawn table with names, types and cells."""
    ran = run_here(demonstration.home.root, "query", "SELECT 42 AS answer")
    assert (ran.code, ran.err) == (0, b"")
    assert "answer" in ran.text and "42" in ran.text


@pytest.mark.parametrize("format", ["csv", "json", "table"])
def test_columns_of_one_name(demonstration: Demonstration, format: str) -> None:
    """Two columns of the same name are both printed."""
    out = ask(demonstration, "SELECT 11 AS n, 22 AS n", format).decode()
    assert "11" in out and "22" in out
