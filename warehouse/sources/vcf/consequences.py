"""Chooses the consequence of a variant that counts: of the registry's genes before others, of the best transcript.

The best is the one on which the registry numbers, else MANE Select, Ensembl's canonical one, VEP's pick, or the first.
"""

from collections.abc import Mapping, Sequence

from schemas.genotype.dictionary import TRANSCRIPTS
from schemas.genotype.genes import gene_symbol
from warehouse.sources.molecular.call_table import GENES
from warehouse.sources.molecular.judged_variants import ENSEMBL

GENE = ("symbol", "gene_name")
TRANSCRIPT = ("feature", "feature_id")
PROTEIN = ("hgvsp", "hgvs.p")
CODING = ("hgvsc", "hgvs.c")
EFFECT = ("consequence", "annotation")
OWN = tuple(name for gene, name in TRANSCRIPTS.items()) + tuple(one for of in ENSEMBL.values() for one in of)


class Consequences:
    """Reads annotations whose parts are named as the header says."""

    def __init__(self, fields: Sequence[str]):
        self._at = {name: place for place, name in reversed(list(enumerate(fields)))}

    def best(self, text: str, ref: str, alts: Sequence[str], number: int) -> Mapping[str, str]:
        """Return gene, transcript, protein, coding change and effect of the alternative allele with that number.

        Empty if no annotation is of that allele.
        """
        entries = [entry.split("|") for entry in text.split(",")]
        of_allele = [entry for entry in entries if self._is_of(entry, ref, alts, number)]
        if not of_allele:
            return {}
        found = min(enumerate(of_allele), key=lambda one: (*self._rank(one[1]), one[0]))[1]
        return {
            "gene": self._part(found, GENE),
            "transcript": self._part(found, TRANSCRIPT),
            "protein": self._part(found, PROTEIN).replace("%3D", "=").replace("%3d", "=") or self._exchange(found),
            "coding": self._part(found, CODING),
            "effect": self._part(found, EFFECT),
        }

    def _exchange(self, entry: Sequence[str]) -> str:
        """Return the protein change from VEP's Amino_acids and Protein_position: it writes HGVSp only if asked."""
        residues, position = self._part(entry, ("amino_acids",)), self._part(entry, ("protein_position",))
        old, slash, new = residues.partition("/")
        first, _, last = position.partition("/")[0].partition("-")
        if (
            not old.replace("*", "").isalpha()
            or not first.isdecimal()
            or (slash and not new.replace("*", "").isalpha())
        ):
            return ""
        if not slash:
            return f"p.{old[0]}{first}=" if len(old) == 1 else ""
        if len(old) == len(new) == 1:
            return f"p.{old}{first}{new}"
        return f"p.{old[0]}{first}_{old[-1]}{last}delins{new}" if last.isdecimal() else ""

    def _part(self, entry: Sequence[str], names: Sequence[str]) -> str:
        for name in names:
            place = self._at.get(name)
            if place is not None and place < len(entry) and entry[place].strip():
                return entry[place].strip()
        return ""

    def _is_of(self, entry: Sequence[str], ref: str, alts: Sequence[str], number: int) -> bool:
        if len(alts) == 1:
            return True
        if said := self._part(entry, ("allele_num",)):
            return said == str(number + 1)
        allele = self._part(entry, ("allele",))
        return allele in (alts[number], _as_vep_writes(ref, alts)[number])

    def _rank(self, entry: Sequence[str]) -> tuple[bool, bool, bool, bool, bool]:
        gene = gene_symbol(self._part(entry, GENE))
        transcript = self._part(entry, TRANSCRIPT)
        return (
            gene not in GENES,
            not transcript.startswith(OWN),
            not self._part(entry, ("mane_select", "mane")),
            self._part(entry, ("canonical",)).upper() != "YES",
            self._part(entry, ("pick",)) != "1",
        )


def _as_vep_writes(ref: str, alts: Sequence[str]) -> list[str]:
    """Return the alleles as VEP writes them: without the base before, if all of them begin with it; - for nothing."""
    if len(ref) == 1 and all(len(alt) == 1 for alt in alts) or any(alt[:1] != ref[:1] for alt in alts):
        return list(alts)
    return [alt[1:] or "-" for alt in alts]
