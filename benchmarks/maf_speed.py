"""Times a MAF read as genotypes and inserted, as a ratio to DuckDB's reading of the same columns into a table of text.

Both read the same file, in fresh processes that take turns, into a database file. The MAF has 30 columns, 20,000 genes
and 5,000 samples; the registry's seven genes have one call in a hundred, and every sample's other genes get rows. Rows
that are left out are counted by reason, as loading does. Fails if the ratio is above its limit.

Run from the checkout: `python -m benchmarks.maf_speed`. Files are written to a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.fresh_process import ratio_of_medians, run_module
from benchmarks.meter import Meter
from warehouse.readers.reading import AS_USUAL
from warehouse.sources.maf import maf_kind
from warehouse.sources.mapping import map_columns
from warehouse.sources.site_mapping import Feed, read_mapping
from warehouse.storage.sql_files import sql_text

LIMIT = 1.5
"""Largest ratio of seconds."""
ROWS = 1_000_000
WAYS = ("text", "genotypes")
READ = (
    *("Hugo_Symbol", "NCBI_Build", "Chromosome", "Start_Position", "Variant_Classification", "Reference_Allele"),
    *("Tumor_Seq_Allele1", "Tumor_Seq_Allele2", "Tumor_Sample_Barcode", "Mutation_Status", "HGVSc", "HGVSp_Short"),
    *("Transcript_ID", "t_ref_count", "t_alt_count"),
)
"""The columns that genotypes are made of."""


def main(times: int, rows: int) -> int:
    """Time each way `times` times, print the ratio, and return 1 if it is above the limit."""
    with tempfile.TemporaryDirectory(prefix="maf-speed-") as folder:
        path = Path(folder) / "calls.maf"
        _write(path, rows)
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        for turn in range(times):
            for way in WAYS:
                read = run_module("benchmarks.maf_speed", "--way", way, "--file", path)
                seconds[way].append(read["seconds"])
                print(f"  {turn + 1}: {way} {read['seconds']:.2f} s, peak {read['peak_mb']:.0f} MB", flush=True)
    ratio = ratio_of_medians(seconds["genotypes"], seconds["text"])
    print(f"into a table of text {median(seconds['text']):.2f} s; read as genotypes {ratio:.2f} (limit {LIMIT})")
    return int(ratio > LIMIT)


def run_once(way: str, path: Path) -> None:
    """Load the file one way into a new database beside it, and print what that cost as JSON."""
    feed = _feed()
    database = path.with_name(f"{way}.duckdb")
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as con:
        meter = Meter()
        if way == "text":
            columns = ", ".join(f'"{name}"' for name in READ)
            file = f"read_csv({sql_text(str(path))}, all_varchar = true, delim = '\t', header = true, skip = 1)"
            con.execute(f"CREATE TABLE t AS SELECT {columns} FROM {file}")
        else:
            prepared = maf_kind.prepare(con, maf_kind.open_file(con, path, AS_USUAL), feed, None)
            mapped = map_columns(prepared, feed)
            con.execute(f"CREATE TABLE t AS SELECT * FROM {mapped.source.relation}")
            con.execute(f"SELECT reason, count(*) FROM {mapped.lines} GROUP BY reason").fetchall()
        print(json.dumps(meter.read()))


def _feed() -> Feed:
    sources = {"lab": {"kind": "maf", "tested": ["KRAS", "NRAS", "BRAF"], "patient_in_sample": "^P-[0-9]+"}}
    return read_mapping(sources, {"genotypes": {"source": "lab"}}, "mercy").feeds("lab", "calls.maf")[0]


def _write(path: Path, rows: int) -> None:
    """Write the MAF."""
    genes = "['KRAS', 'NRAS', 'BRAF', 'TP53', 'SMAD4', 'PIK3CA', 'APC']"
    wanted = f"{genes}[1 + (i * 7919) % 7]"
    gene = f"CASE WHEN i % 100 = 0 THEN {wanted} ELSE 'GENE' || (i * 104729) % 20000 END"
    change = "'p.' || ['G12D', 'G13D', 'Q61H', 'A146T', 'R175H', 'E545K'][1 + i % 6]"
    cells = {
        "Hugo_Symbol": gene,
        "Entrez_Gene_Id": "i % 50000",
        "Center": "'center.example'",
        "NCBI_Build": "'GRCh38'",
        "Chromosome": "'chr' || (1 + i % 22)",
        "Start_Position": "1000000 + i * 37",
        "End_Position": "1000000 + i * 37",
        "Strand": "'+'",
        "Variant_Classification": "['Missense_Mutation', 'Silent', 'Intron', 'Nonsense_Mutation'][1 + (i // 100) % 4]",
        "Variant_Type": "'SNP'",
        "Reference_Allele": "'C'",
        "Tumor_Seq_Allele1": "'C'",
        "Tumor_Seq_Allele2": "'T'",
        "dbSNP_RS": "'rs' || i",
        "Tumor_Sample_Barcode": "printf('P-%05d-T01', (i * 31) % 5000)",
        "Matched_Norm_Sample_Barcode": "printf('P-%05d-N01', (i * 31) % 5000)",
        "Mutation_Status": "'Somatic'",
        "HGVSc": "'c.' || (i % 3000) || 'C>T'",
        "HGVSp": "'p.Gly12Asp'",
        "HGVSp_Short": change,
        "Transcript_ID": "printf('ENST%011d', i % 90000)",
        "Exon_Number": "'2/5'",
        "t_depth": "100",
        "t_ref_count": "70 + i % 20",
        "t_alt_count": "30 - i % 20",
        "n_depth": "90",
        "Consequence": "'missense_variant'",
        "SIFT": "'deleterious(0.01)'",
        "PolyPhen": "'benign(0.1)'",
        "FILTER": "'PASS'",
    }
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in cells.items())
    body = path.with_suffix(".tsv")
    rows_of = f"SELECT {listed} FROM range({rows}) t(i)"
    with duckdb.connect() as con:
        con.execute(f"COPY ({rows_of}) TO {sql_text(str(body))} (FORMAT csv, DELIMITER '\t', HEADER, QUOTE '')")
    with open(path, "wb") as target, open(body, "rb") as source:
        target.write(b"#version 2.4\n")
        while chunk := source.read(1 << 20):
            target.write(chunk)
    body.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3, help="how often to run each way, e.g. 3")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the MAF, e.g. 1000000")
    parser.add_argument("--way", choices=WAYS, help="used by the benchmark itself, e.g. text")
    parser.add_argument("--file", type=Path, help="used by the benchmark itself, e.g. calls.maf")
    options = parser.parse_args()
    if options.way:
        run_once(options.way, options.file)
    else:
        sys.exit(main(options.times, options.rows))
