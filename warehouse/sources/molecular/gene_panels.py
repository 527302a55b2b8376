"""Reads what panels test: cBioPortal's gene panel files, and GENIE's genomic_information.txt with its regions.

A gene panel file says which genes are on a panel, but not which exons, so its wild types are on panel `unknown`. With
regions, the six codons of extended RAS decide: all of them are `ngs`, those of exon 2 alone are `exon2_only`. A panel
that is named by one of the registry's own words has it, and one that the registry exported says it ("Gene Panel Data"
in cBioPortal's docs/File-Formats.md and docs/data-loading/Import-Gene-Panels.md; the GENIE data guide, on
genomic_information.txt; read 2026-11-30).
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.codes import PANEL
from schemas.genotype.dictionary import HOTSPOT_CODONS
from schemas.genotype.genes import gene_symbol
from warehouse.sources.molecular.genome import CHROMOSOME, GRCH37, chromosome_named, codon_positions
from warehouse.sources.molecular.own_panels import words_in
from warehouse.storage.errors import DeliveryRejected

NGS, EXON_2, UNKNOWN = "ngs", "exon2_only", "unknown"
RAS = ("KRAS", "NRAS")
EXON_2_CODONS = frozenset({12, 13})
BRAF_CODONS = frozenset({600})
REGION_COLUMNS = ("chromosome", "start_position", "end_position", "hugo_symbol", "seq_assay_id")
INCLUDED, FEATURE = "includeinpanel", "feature_type"
WRONG = "It is neither a gene panel file with stable_id and gene_list nor a genomic_information.txt of GENIE."
CURE = "Deliver the panel's file as it was loaded into cBioPortal, or GENIE's genomic_information.txt."


@dataclass
class GenePanels:
    """What panels test: panel -> gene -> word of the column `panel`. A gene that is not there was not tested.

    `own` are panels that the registry exported, which are no name of a test.
    """

    panels: dict[str, dict[str, str]] = field(default_factory=dict)
    are_assays: bool = False
    own: list[str] = field(default_factory=list)

    def add(self, other: "GenePanels") -> None:
        """Add the panels of another file; one with regions says more than one without."""
        for name, genes in other.panels.items():
            if name not in self.panels or other.are_assays:
                self.panels[name] = genes
        self.are_assays = self.are_assays or other.are_assays
        self.own += other.own

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Return panel, gene and word."""
        return [(panel, gene, word) for panel, genes in self.panels.items() for gene, word in genes.items()]


def read_panels(text: str) -> GenePanels:
    """Return the panels of a file. Raises DeliveryRejected if it is none.

    >>> read_panels("stable_id: SEVEN\\ngene_list: KRAS\\tTP53\\n").panels
    {'SEVEN': {'KRAS': 'unknown', 'TP53': 'unknown'}}
    """
    first = text.lstrip("\ufeff").lstrip().partition("\n")[0].lower()
    return _regions(text) if "seq_assay_id" in first else _gene_list(text)


def _gene_list(text: str) -> GenePanels:
    found = GenePanels()
    name = description = ""
    for line in text.lstrip("\ufeff").splitlines():
        key, colon, value = line.partition(":")
        if key.strip().lower() == "stable_id" and colon:
            name, description = value.strip(), ""
        elif key.strip().lower() == "description" and colon:
            description = value.strip()
        elif key.strip().lower() == "gene_list" and colon and name:
            word = name.lower() if name.lower() in PANEL else UNKNOWN
            genes = [gene_symbol(one) for one in value.replace(",", "\t").split("\t") if one.strip()]
            own = words_in(description, genes)
            found.panels[name] = own or dict.fromkeys(genes, word)
            found.own += [name] if own else []
    if not found.panels:
        raise DeliveryRejected(WRONG, CURE)
    return found


def _regions(text: str) -> GenePanels:
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter="\t")
    names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    if not names.keys() >= set(REGION_COLUMNS):
        raise DeliveryRejected(WRONG, CURE)
    regions: dict[str, dict[str, list[tuple[str, int, int]]]] = {}
    for row in rows:
        cells = {plain: (row.get(name) or "").strip() for plain, name in names.items()}
        assay, gene = cells["seq_assay_id"], gene_symbol(cells["hugo_symbol"])
        if not assay:
            continue
        genes = regions.setdefault(assay, {})
        if not gene or not _is_included(cells):
            continue
        of_gene = genes.setdefault(gene, [])
        if cells["start_position"].isdecimal() and cells["end_position"].isdecimal():
            place = chromosome_named(cells["chromosome"])
            of_gene.append((place, int(cells["start_position"]), int(cells["end_position"])))
    panels = {a: {g: word for g, of in genes.items() if (word := _word(g, of))} for a, genes in regions.items()}
    return GenePanels(panels, are_assays=True)


def _is_included(cells: Mapping[str, str]) -> bool:
    """Return whether a region is tested: includeInPanel decides; a file without that column lists what is."""
    is_exon = FEATURE not in cells or cells[FEATURE].lower() in ("exon", "")
    return is_exon and cells.get(INCLUDED, "true").lower() in ("true", "1", "t", "yes")


def _word(gene: str, regions: Iterable[tuple[str, int, int]]) -> str:
    """Return the word for a gene whose regions are tested; '' if none of its hotspots is.

    A region begins behind its first number, as in a BED file.
    """
    if gene not in CHROMOSOME:
        return NGS
    wanted = BRAF_CODONS if gene == "BRAF" else frozenset(HOTSPOT_CODONS[gene])
    spans = [(start, end) for chromosome, start, end in regions if chromosome == CHROMOSOME[gene]]

    def is_covered(codon: int) -> bool:
        return all(any(a < base <= b for a, b in spans) for base in codon_positions(gene, codon, GRCH37))

    covered = {codon for codon in wanted if is_covered(codon)}
    if covered == wanted:
        return NGS
    if gene in RAS and covered == EXON_2_CODONS:
        return EXON_2
    return UNKNOWN if covered else ""


def as_text(panels: GenePanels) -> str:
    """Return the panels as JSON."""
    return json.dumps({"panels": panels.panels, "are_assays": panels.are_assays, "own": panels.own})


def from_text(text: str) -> GenePanels:
    """Return the panels that `as_text` wrote."""
    said = json.loads(text)
    return GenePanels(said["panels"], said["are_assays"], said.get("own", []))
