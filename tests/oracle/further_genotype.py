"""The oracle's reading of the genes and states beside KRAS, NRAS and BRAF: docs/genotype.md, in plain Python."""

from __future__ import annotations

from datetime import date

from tests.oracle.rows import Row

CALLED = {
    "TP53": {"TP53", "P53"},
    "SMAD4": {"SMAD4", "DPC4", "MADH4"},
    "PIK3CA": {"PIK3CA", "PI3KCA"},
    "APC": {"APC"},
    "HER2": {"ERBB2", "HER2", "HER-2", "C-ERBB2", "C-ERBB-2"},
    "MSI": {"MSI", "MSI-STATUS"},
    "MMR": {"MMR", "DMMR", "MMR-STATUS"},
    "TMB": {"TMB"},
}
GENES = ("TP53", "SMAD4", "PIK3CA", "APC")
OWN_RESULTS = {
    "HER2": {"amplified", "not_amplified"},
    "MSI": {"msi_high", "msi_low", "mss"},
    "MMR": {"deficient", "proficient"},
    "TMB": {"measured"},
}
LOW_VAF_PERCENT = 5


def is_conclusive(name: str, row: Row) -> bool:
    """Whether a row gives a clear result. An exon 2 test that finds nothing says nothing of these genes."""
    if name == "TMB":
        return row["result"] == "measured" and row["tmb_per_mb"] is not None
    if name in OWN_RESULTS:
        return row["result"] in OWN_RESULTS[name]
    return row["result"] == "mutant" or (row["result"] in ("wild_type", "vus") and row["panel"] != "exon2_only")


def is_test(name: str, row: Row) -> bool:
    """Whether a row reports that somebody tested. The mutations of ERBB2 are no test of its amplification."""
    is_of_mutations = name == "HER2" and row["result"] in ("mutant", "wild_type", "vus")
    return row["result"] != "not_tested" and not is_of_mutations


def verdict(name: str, rows: list[Row]) -> str:
    """What the conclusive rows of one specimen say together."""
    if name in GENES:
        return "mutant" if any(row["result"] == "mutant" for row in rows) else "wild_type"
    said = {(row["result"], row["tmb_per_mb"] if name == "TMB" else None) for row in rows}
    return rows[0]["result"] if len(said) == 1 else "unknown"


def further(rows: list[Row], index_date: date, rank) -> Row:
    """The columns of one patient, in the table's order; `rank` puts the row of the best specimen first."""
    statuses: Row = {}
    origins: Row = {}
    for name, called in CALLED.items():
        own = [row for row in rows if row["gene"] in called]
        clear = [row for row in own if is_conclusive(name, row)]
        chosen = min(clear, key=lambda row: rank(row, index_date))["specimen_id"] if clear else None
        here = [row for row in clear if row["specimen_id"] == chosen]
        status = verdict(name, here) if here else "unknown" if any(is_test(name, r) for r in own) else "not_tested"
        prefix = name.lower()
        if name == "TMB":
            statuses["tmb_per_mb"] = here[0]["tmb_per_mb"] if status == "measured" else None
        else:
            statuses["her2_amplification" if name == "HER2" else prefix] = status
        others = {row["specimen_id"] for row in clear} - {chosen}
        said_elsewhere = {verdict(name, [row for row in clear if row["specimen_id"] == one]) for one in others}
        origins[f"{prefix}_specimen_id"] = chosen
        if name in GENES:
            origins[f"{prefix}_variant"] = listed(
                row["variant_canonical"] for row in here if row["result"] == ("mutant" if status == "mutant" else "vus")
            )
        origins[f"{prefix}_panel"] = listed(row["panel"] for row in here)
        if name == "TMB":
            origins["tmb_assay"] = listed(row["assay"] for row in here)
        origins[f"{prefix}_flags"] = sorted(flags(name, here, status, bool(said_elsewhere - {status})))
    return statuses | origins


def flags(name: str, rows: list[Row], status: str, is_discordant: bool) -> set[str]:
    """What a reader should know of the chosen specimen's rows."""
    found = {"contradictory"} if rows and status == "unknown" else set()
    if rows and is_discordant:
        found.add("discordant")
    for row in rows if name in GENES else []:
        if row["result"] == "mutant" and row["vaf_percent"] is not None and row["vaf_percent"] < LOW_VAF_PERCENT:
            found.add("low_vaf")
        if row["result"] == "mutant" and row["variant"] and row["variant_status"] == "unparsed":
            found.add("unparsed_variant")
        if row["result"] == "vus" and status == "wild_type":
            found.add("vus")
    return found


def listed(values) -> str | None:
    """Each once, sorted, with '; ' between; None without any."""
    return "; ".join(sorted(set(values) - {None})) or None
