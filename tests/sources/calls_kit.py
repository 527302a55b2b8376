"""Helpers for tests of sources of variant calls: small tables of our own, and what a feed takes of them."""

import tomllib
from pathlib import Path

from schemas.exports import EXPORTS
from tests.sources.castor_kit import Taken, take
from warehouse.sources.site_mapping import Feed, read_mapping

COLUMNS = {
    "Hugo_Symbol": "gene",
    "NCBI_Build": "build",
    "Chromosome": "chromosome",
    "Start_Position": "start",
    "Reference_Allele": "ref",
    "Tumor_Seq_Allele2": "alt",
    "Variant_Classification": "kind",
    "Mutation_Status": "status",
    "HGVSp_Short": "protein",
    "t_alt_count": "n_alt",
    "t_ref_count": "n_ref",
    "Tumor_Sample_Barcode": "sample",
}
"""The columns of a MAF -> their names here."""


def call(**said: str) -> dict[str, str]:
    """A row of a MAF: a KRAS G12D of sample S1, but for what is said."""
    usual = {
        **{"gene": "KRAS", "build": "GRCh37", "chromosome": "12", "start": "25398284", "ref": "C", "alt": "T"},
        **{"kind": "Missense_Mutation", "status": "Somatic", "protein": "p.G12D", "n_alt": "30", "n_ref": "70"},
        "sample": "S1",
    }
    return usual | said


def maf(*calls: dict[str, str], above: str = "#version 2.4\n") -> str:
    """The text of a MAF with these calls."""
    lines = ["\t".join(COLUMNS), *("\t".join(one[name] for name in COLUMNS.values()) for one in calls)]
    return above + "".join(f"{line}\n" for line in lines)


def feed_of(kind: str, text: str = "", source: str = "", export: str = "genotypes") -> Feed:
    """The feed of an export from a source of calls; both texts are TOML below their tables."""
    said = tomllib.loads(f"[sources.lab]\nkind = '{kind}'\n{source}\n[exports.{export}]\nsource = 'lab'\n{text}")
    columns = said["exports"][export].setdefault("columns", {})
    if export != "genotypes":
        for column in EXPORTS[export].columns:
            if column.required:
                columns.setdefault(column.name, {"value": "x"})
    return read_mapping(said["sources"], said["exports"], "mercy").feeds("lab", "calls.maf")[0]


def take_calls(path: Path, text: str, feed: Feed, n_rows: int, panels: str | None = None) -> Taken:
    """What the feed takes of a file with this text; `n_rows` counts its rows and those of genes without a call."""
    path.write_text(text, encoding="utf-8", newline="")
    return take(path, feed, n_rows, panels)


def results(taken: Taken, *names: str) -> list[tuple[str | None, ...]]:
    """Specimen, gene, result and further columns of the rows, sorted."""
    wanted = ("specimen_id", "gene", "result", *names)
    return sorted((tuple(row[name] for name in wanted) for row in taken.rows), key=str)
