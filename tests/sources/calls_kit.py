"""Helpers for tests of sources of variant calls: small tables of our own, and what a feed takes of them."""

import tomllib
from pathlib import Path

from schemas.exports import EXPORTS
from tests.sources.castor_kit import Taken, take
from warehouse.sources.site_mapping import Feed, read_mapping

HEADER = (
    "Hugo_Symbol NCBI_Build Chromosome Start_Position Reference_Allele Tumor_Seq_Allele2 Variant_Classification "
    "Mutation_Status HGVSp_Short t_alt_count t_ref_count Tumor_Sample_Barcode"
).split()
NAMES = "gene build chromosome start ref alt kind status protein n_alt n_ref sample".split()


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
    lines = ["\t".join(HEADER), *("\t".join(one[name] for name in NAMES) for one in calls)]
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
    """What the feed takes of a file with this text; `n_rows` counts delivered rows and those of genes without a call."""
    path.write_text(text, encoding="utf-8", newline="")
    return take(path, feed, n_rows, panels)


def results(taken: Taken, *names: str) -> list[tuple[str | None, ...]]:
    """Specimen, gene, result and further columns of the rows, sorted."""
    wanted = ("specimen_id", "gene", "result", *names)
    return sorted((tuple(row[name] for name in wanted) for row in taken.rows), key=str)
