"""Reads sources of kind `vcf`: one row for each record, alternative allele and tumour sample. See kinds.py.

Each becomes a row of a table like a MAF, written beside the file. The lines are split here, not by a library: pysam and
cyvcf2 bring htslib and keep no annotation apart, vcfpy takes ten times as long (docs/decisions/0075).
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import duckdb

from warehouse.readers import size_limits
from warehouse.readers.csv_text import open_csv
from warehouse.readers.gzipped import unpack
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.molecular.calls_of_samples import counted, prepare_samples
from warehouse.sources.molecular.genome import gene_at
from warehouse.sources.molecular.lfs_pointers import refuse_pointer
from warehouse.sources.prepared import Prepared
from warehouse.sources.site_mapping import Feed
from warehouse.sources.vcf.consequences import Consequences
from warehouse.sources.vcf.sample_cells import SampleCell, read_cell
from warehouse.sources.vcf.vcf_header import FORMAT_AT, VcfHeader, read_header
from warehouse.storage.errors import DeliveryRejected

GZIP, BCF = b"\x1f\x8b", b"BCF"
COLUMNS = (
    *("Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2", "NCBI_Build", "FILTER", "VCF filter"),
    *("Hugo_Symbol", "Consequence", "Transcript_ID", "HGVSp", "HGVSc", "t_alt_count", "t_ref_count"),
    "Tumor_Sample_Barcode",
)
NOT_APPLIED = ("PASS", ".", "")
"""Cells of FILTER of records that no filter has removed."""
BASES = frozenset("ACGTN")


def open_file(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Return the calls of the VCF at `path`. Raises DeliveryRejected if it is none."""
    refuse_pointer(path)
    with open(path, "rb") as file:
        is_packed = file.read(len(GZIP)) == GZIP
    plain = unpack(path) if is_packed else path
    target = path.with_name("calls_of_vcf.tsv")
    with open(plain, "rb") as file:
        refuse_binary(file.read(len(BCF)))
    encoding = "utf-8-sig" if reading.encoding == "utf-8" else reading.encoding
    with open(plain, encoding=encoding, errors="replace", newline="\n") as lines:
        header = read_header(lines)
        _write(lines, header, target)
    source = counted(con, open_csv(target, Reading(delimiter="\t")))
    return replace(source, remark=_remark(header), header_row=None)


def refuse_binary(start: bytes) -> None:
    """Raise DeliveryRejected if a file that begins so is BCF."""
    if start == BCF:
        raise DeliveryRejected(
            "The file is BCF, the binary form of VCF.", "Write it as VCF with `bcftools view` and deliver that."
        )


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: str | None) -> Prepared:
    """Return the calls as the genotypes export has them, or the table as it is for another export."""
    if feed.export != "genotypes":
        return Prepared(source)
    return prepare_samples(con, source, feed, dictionary)


def _write(lines: TextIO, header: VcfHeader, target: Path) -> None:
    """Write the calls; a VCF without records has one empty row for each sample, so that it is known."""
    bound = size_limits.MAX_UNPACKED_BYTES
    with open(target, "w", encoding="utf-8", newline="") as sink:
        out = csv.writer(sink, delimiter="\t", lineterminator="\n")
        out.writerow(COLUMNS)
        n_rows = 0
        for row in _rows(lines, header):
            out.writerow(row)
            n_rows += 1
            if not n_rows % 100_000:
                size_limits.refuse_beyond(sink.tell(), bound)
        if not n_rows:
            for name in _samples(header):
                out.writerow(["", "", "", "", header.build or "", "", "passed", *[""] * 7, name])


def _samples(header: VcfHeader) -> list[str]:
    return [header.names[place] for place in header.tumours] or [""]


def _rows(lines: TextIO, header: VcfHeader) -> Iterator[list[str]]:
    consequences = [(f"{name}=", Consequences(fields)) for name, fields in header.annotations.items()]
    samples = _samples(header)
    build, places = header.build or "", list[int | None](header.tumours) or [None]
    for number, line in enumerate(lines, start=1):
        cells = line.rstrip("\r\n").split("\t")
        if cells == [""]:
            continue
        if len(cells) < FORMAT_AT or (header.columns and len(cells) < FORMAT_AT + 1 + len(header.columns)):
            raise DeliveryRejected(f"Line {number:,} of the VCF has too few cells.", "Deliver the whole file again.")
        chromosome, position, ref, alts, filters = cells[0], cells[1], cells[3], cells[4].split(","), cells[6]
        has_passed = filters in NOT_APPLIED
        said, reader = _annotation(cells[7], consequences) if has_passed else ("", None)
        keys = cells[FORMAT_AT].split(":") if header.columns else []
        for allele, alt in enumerate(alts):
            of = reader.best(said, ref, alts, allele) if reader is not None else {}
            if not of and has_passed and position.isdecimal():
                of = {"gene": gene_at(chromosome, int(position), header.build)}
            if not BASES.issuperset(alt.upper()):  # a reference block, a large deletion or a breakend
                of = {}
            for name, place in zip(samples, places, strict=True):
                own = SampleCell(True) if place is None else read_cell(keys, cells[FORMAT_AT + 1 + place], allele)
                state = "passed" if has_passed else "failed"
                state = state if own.has_allele else "absent"
                yield [
                    *(chromosome, position, ref, alt, build, filters, state, of.get("gene", "")),
                    *(of.get("effect", ""), of.get("transcript", ""), of.get("protein", ""), of.get("coding", "")),
                    *(own.n_alt, own.n_ref, name),
                ]


def _annotation(info: str, readers: Sequence[tuple[str, Consequences]]) -> tuple[str, Consequences | None]:
    """Return the first annotation that a record has, and what reads it."""
    parts = info.split(";")
    found = ((part[len(key) :], one) for key, one in readers for part in parts if part.startswith(key))
    return next((one for one in found if one[0]), ("", None))


def _remark(header: VcfHeader) -> str:
    """Return in sentences, without values, what was read."""
    n_left_out = len(header.columns) - len(header.tumours)
    normals = f" Samples that are normal tissue: {n_left_out}." if n_left_out else ""
    return (
        f"Read as a VCF; records without {' or '.join(header.annotations)} are known by their position alone.{normals}"
    )
