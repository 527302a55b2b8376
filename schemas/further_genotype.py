"""Declares the columns of derived.patient_genotype beside KRAS, NRAS and BRAF: further genes, and states of the tumour.

Each also says whether it was tested at all. What decides is in docs/genotype.md; which rows count for what is in
schemas/genotype/markers.py.
"""

from schemas import codes
from schemas.table import TableColumn

UNKNOWN, NOT_TESTED = "unknown", "not_tested"
"""A test without a clear result, and no test."""
WHETHER = "unknown: tested without a clear result; not_tested: no test is reported."
FLAGS = "contradictory: the specimen has two results. discordant: another specimen says otherwise."
OF_GENES = {"tp53": "TP53", "smad4": "SMAD4", "pik3ca": "PIK3CA", "apc": "APC"}
OF_STATES = {"her2": "HER2 amplification", "msi": "MSI", "mmr": "MMR", "tmb": "TMB"}


def _status(name: str, what: str, known: tuple[str, ...]) -> TableColumn:
    return TableColumn(name, "VARCHAR", f"{what}; {WHETHER}", False, (*known, UNKNOWN, NOT_TESTED))


STATUSES = (
    *(_status(name, f"{gene} status", ("mutant", "wild_type")) for name, gene in OF_GENES.items()),
    _status("her2_amplification", "Whether HER2 (ERBB2) is amplified", codes.AMPLIFICATION),
    _status("msi", "Microsatellite instability", codes.MSI),
    _status("mmr", "Mismatch repair", codes.MMR),
    TableColumn("tmb_per_mb", "DOUBLE", "Tumour mutational burden, mutations per megabase.", True),
)
"""What is known of each gene and state."""


def _origin(name: str, what: str, *, is_gene: bool) -> tuple[TableColumn, ...]:
    found = [TableColumn(f"{name}_specimen_id", "VARCHAR", f"Specimen that decides {what}.", True)]
    if is_gene:
        found.append(TableColumn(f"{name}_variant", "VARCHAR", f"Canonical {what} variant in that specimen.", True))
    found.append(TableColumn(f"{name}_panel", "VARCHAR", f"Panel on which {what} was tested there.", True))
    if name == "tmb":
        found.append(
            TableColumn(
                "tmb_assay",
                "VARCHAR",
                "Name of the test that measured TMB: figures of two tests are not the same.",
                True,
            )
        )
    more = " low_vaf (below 5 %), unparsed_variant, vus." if is_gene else ""
    return (*found, TableColumn(f"{name}_flags", "VARCHAR[]", f"{FLAGS}{more}"))


ORIGINS = (
    *(column for name, gene in OF_GENES.items() for column in _origin(name, gene, is_gene=True)),
    *(column for name, state in OF_STATES.items() for column in _origin(name, state, is_gene=False)),
)
"""From which specimen each is known, how it was tested there, and what a reader should know."""
