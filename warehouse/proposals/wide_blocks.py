"""Finds wide columns: KRAS_result and NRAS_result, l1_status and l2_status."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from warehouse.proposals.units import split
from warehouse.proposals.words import Strength, lesion_words, meanings, normalised
from warehouse.sources.file_columns import plain
from warehouse.sources.repeat_block import PLACE

GENES = re.compile(
    r"(?<![A-Za-z0-9])(K-?RAS|N-?RAS|H-?RAS|B-?RAF|PIK3CA|TP53|APC|SMAD4|ERBB2|HER2|POLE|PTEN|FBXW7)(?![A-Za-z0-9])"
    r"|^(KRAS|NRAS|HRAS|BRAF|PIK3CA|TP53|APC|SMAD4)(?=[A-Z][a-z])",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![\d.,])(\d{1,2})(?![\d.,])")
FEWEST_LABELS = 2
EXAM = "ct mr mrt mri irm rm tc us ceus fu follow up nachsorge kontrolle verlauf visit visite exam scan"
EXAM_WORDS = frozenset(EXAM.split())
"""Words beside a number that do not say what a column means: CT 1 Lokalrezidiv."""
OF_A_SPECIMEN = ("gene", "patient_id", "specimen_id", "specimen_site")
ID_OF_DATE = {"rfa_sessions": ("session_date", "session_id"), "imaging_followups": ("exam_date", "exam_id")}
"""Export -> a date that, if it repeats, makes the numbers those of sessions or exams, and their identifier."""


@dataclass(frozen=True)
class Block:
    """A block of wide columns as in [[exports.<export>.repeat]]; `units` are those in the columns' names."""

    column: str
    labels: tuple[str, ...]
    columns: dict[str, str]
    units: dict[str, str]

    def names(self, column: str, header: Iterable[str]) -> list[str]:
        """Return the source columns of a canonical column that the header has."""
        by_plain = {plain(name): name for name in header}
        wanted = (plain(self.columns[column].replace(PLACE, label)) for label in self.labels)
        return [by_plain[name] for name in wanted if name in by_plain]

    def taken(self, header: Sequence[str]) -> set[str]:
        """Return all source columns of the block."""
        return {name for column in self.columns for name in self.names(column, header)}


def gene_block(header: Sequence[str]) -> Block | None:
    """Return the block of columns that are named after genes; None if none holds results.

    >>> gene_block(["Pat", "KRAS", "NRAS", "KRAS_variant"]).columns
    {'result': '{}', 'variant': '{}_variant'}
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name in header:
        gene = GENES.search(name)
        if gene is None or len(GENES.findall(name)) > 1:
            continue
        rest = name[: gene.start()] + " " + name[gene.end() :]
        if column := "result" if not normalised(rest) else _meaning("genotypes", rest):
            pattern = name[: gene.start()] + PLACE + name[gene.end() :]
            found.setdefault(column, {}).setdefault(pattern, []).append(gene.group())
    columns: dict[str, str] = {}
    labels: dict[str, None] = {}
    for column, by_pattern in found.items():
        pattern, genes = max(by_pattern.items(), key=lambda one: len(one[1]))
        if column not in OF_A_SPECIMEN:
            columns[column] = pattern
            labels |= {gene: None for gene in genes if gene.upper() not in {one.upper() for one in labels}}
    return Block("gene", tuple(labels), columns, {}) if "result" in columns else None


def number_block(export: str, header: Sequence[str]) -> Block | None:
    """Return the block of columns that differ by a number and mean one column of the export; None if there is none.

    >>> number_block("imaging_followups", ["Pat", "l1_status", "l1_dist", "l2_status", "l2_dist"]).columns
    {'lesion_status': 'l{}_status', 'distance_to_zone_mm': 'l{}_dist'}
    """
    by_pattern: dict[str, list[str]] = {}
    for name in header:
        for number in NUMBER.finditer(name):
            by_pattern.setdefault(name[: number.start()] + PLACE + name[number.end() :], []).append(number[1])
    columns: dict[str, str] = {}
    units: dict[str, str] = {}
    labels: dict[str, None] = {}
    for pattern, numbers in by_pattern.items():
        if len(numbers) < FEWEST_LABELS:
            continue
        bare, unit = split(pattern.replace(PLACE, " "))
        words = [word for word in normalised(bare) if word not in lesion_words() | EXAM_WORDS]
        column = _meaning(export, bare) or (_meaning(export, " ".join(words)) if words else None)
        if column is None or column in ("patient_id", "lesion_id") or column in columns:
            continue
        columns[column] = pattern
        labels |= dict.fromkeys(numbers)
        if unit:
            units[column] = unit
    date, identifier = ID_OF_DATE.get(export, ("", ""))
    receives = identifier if date in columns else "lesion_id"
    columns.pop(receives, None)
    return Block(receives, tuple(labels), columns, units) if columns and export in ID_OF_DATE else None


def _meaning(export: str, name: str) -> str | None:
    """Return the one column that a name means, by its own or by a general word."""
    found = meanings(export, name)
    best = [one for one in found if one.strength == max(other.strength for other in found)]
    return best[0].column if len(best) == 1 and best[0].strength > Strength.asked else None
