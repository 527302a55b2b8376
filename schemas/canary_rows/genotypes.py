"""Canaries of GEN-*: codes, bounds, variants, results that fit, and rules that look at sessions and other specimens."""

from schemas.canary import Canary, PlantedRow, RowRuleCanaries, bad, found, session, silent, specimen

EXPORT = "genotypes"
REQUIRED_CODES = RowRuleCanaries("GEN-01", EXPORT, "row")
CODES = RowRuleCanaries("GEN-01", EXPORT, "value")
READABLE = RowRuleCanaries("GEN-01-W", EXPORT, "flag")
SHARE = RowRuleCanaries("GEN-07", EXPORT, "value")
NOTATIONS = RowRuleCanaries("GEN-02", EXPORT, "flag")
WILD_TYPE = RowRuleCanaries("GEN-03", EXPORT, "row")
WITHOUT_VARIANT = RowRuleCanaries("GEN-03-W", EXPORT, "flag")
FUTURE = RowRuleCanaries("GEN-06", EXPORT, "value")
UNFITTING = RowRuleCanaries("GEN-08", EXPORT, "row")
BURDEN = RowRuleCanaries("GEN-10", EXPORT, "value")
MEASURED = RowRuleCanaries("GEN-10-W", EXPORT, "flag")


def _mutant(variant: str, gene: str = "KRAS") -> dict[str, str]:
    return {"gene": gene, "result": "mutant", "variant": variant}


def _of(result: str, variant: str = "") -> dict[str, str]:
    return {"result": result, "variant": variant}


def _state(gene: str, result: str, **more: str) -> dict[str, str]:
    return {"gene": gene, "result": result} | more


ROW_RULES: tuple[Canary, ...] = (
    *REQUIRED_CODES.values("specimen_site", "liver lung blood", "liver_metastasis other_metastasis primary ctdna"),
    *REQUIRED_CODES.values("specimen_site", "", "unknown PRIMARY"),
    *REQUIRED_CODES.values("result", "wt positive pathogenic 1", "wild_type vus indeterminate failed not_tested"),
    *REQUIRED_CODES.good("result", _mutant("p.G12D")),
    *REQUIRED_CODES.good("result", *(_state("MSI", result) for result in ("msi_high", "msi_low", "mss"))),
    *REQUIRED_CODES.good("result", *(_state("MMR", result) for result in ("deficient", "proficient"))),
    *REQUIRED_CODES.good("result", *(_state("ERBB2", result) for result in ("amplified", "not_amplified"))),
    *REQUIRED_CODES.good("result", _state("TMB", "measured", tmb_per_mb="8")),
    *CODES.values("panel", "exon2 wgs none", "exon2_only extended ngs unknown NGS"),
    *READABLE.bad("variant", _mutant("G12B"), _mutant("p.A12D"), _mutant("see report")),
    *READABLE.bad("variant", _mutant("nem tudni, mutation")),
    *READABLE.bad("gene", _mutant("p.G12D", "RAS"), _mutant("p.G12D", "KRAS/NRAS")),
    *READABLE.bad("gene", _mutant("p.G12D", "see report")),
    *READABLE.good("gene", _mutant("p.R175H", "TP53"), _mutant("p.G12D", "K-RAS"), _mutant("p.G12D", "kras exon 2")),
    *READABLE.good("variant", _mutant("p.G12D"), _mutant("codon 12 GGT>GAT"), {"variant": ""}, {"variant": "none"}),
    *READABLE.good("variant", _state("HER2", "amplified", variant="FISH 6.2"), _state("MSI", "mss", variant="PCR")),
    *SHARE.values("vaf_percent", "-0.01 100.01", "0 100"),
    *NOTATIONS.bad("variant", _mutant("c.35G>A p.G12V"), _mutant("c.35G>T (p.Gly12Asp)")),
    *NOTATIONS.good("variant", _mutant("c.35G>A p.G12D"), _mutant("c.35G>A"), _mutant("p.G12V")),
    *WILD_TYPE.bad("result", _of("wild_type", "p.G12D"), _of("wild_type", "codon 12 GGT>GAT")),
    *WILD_TYPE.good("result", _of("wild_type", "none"), _of("wild_type"), _mutant("p.G12D"), _of("vus", "p.G12D")),
    *WITHOUT_VARIANT.bad("variant", _mutant("")),
    *WITHOUT_VARIANT.good("variant", _mutant("p.G12D"), _of("wild_type"), _of("vus"), _of("not_tested")),
    *FUTURE.values("specimen_date", "2024-07-01"),
    *FUTURE.values("specimen_date", "", "2024-06-30", besides=("GEN-06-W",)),
    *FUTURE.values("report_date", "2024-07-01", "2024-06-30"),
    *UNFITTING.bad("result", *(_state(gene, "mutant") for gene in ("MSI", "MMR", "TMB", "msi-status", "dMMR"))),
    *UNFITTING.bad("result", _state("MSI", "deficient"), _state("MSI", "wild_type"), _state("MMR", "mss")),
    *UNFITTING.bad("result", _state("TMB", "msi_high"), _state("KRAS", "mss"), _state("TP53", "measured")),
    *UNFITTING.bad("result", _state("MSI", "amplified"), _state("MMR", "vus")),
    *UNFITTING.good("result", *(_state("MSI", result) for result in ("msi_high", "msi_low", "mss", "failed"))),
    *UNFITTING.good("result", *(_state("MMR", result) for result in ("deficient", "proficient", "not_tested"))),
    *UNFITTING.good("result", _state("ERBB2", "amplified"), _state("HER2", "not_amplified", variant="FISH 1.4")),
    *UNFITTING.good("result", _state("ERBB2", "mutant", variant="p.S310F"), _state("TMB", "indeterminate")),
    *UNFITTING.good("result", _state("TMB", "measured", tmb_per_mb="4")),
    *BURDEN.bad("tmb_per_mb", *(_state("TMB", "measured", tmb_per_mb=number) for number in ("-0.01", "1000.01"))),
    *BURDEN.good("tmb_per_mb", *(_state("TMB", "measured", tmb_per_mb=number) for number in ("0", "8.5", "1000"))),
    *BURDEN.good("tmb_per_mb", {"tmb_per_mb": ""}),
    *MEASURED.bad("tmb_per_mb", _state("TMB", "measured"), {"tmb_per_mb": "8"}),
    *MEASURED.bad("tmb_per_mb", _state("MSI", "msi_high", tmb_per_mb="40"), _state("TMB", "failed", tmb_per_mb="4")),
    *MEASURED.good("tmb_per_mb", _state("TMB", "measured", tmb_per_mb="4"), _state("TMB", "failed")),
    *MEASURED.good("tmb_per_mb", _state("MSI", "measured"), besides=("GEN-08",)),
)

FIRST, SECOND = session(), session(session_id="S-2", session_date="2021-03-10", lesion_id="L-2")
OTHER_PATIENT = session(patient_id="P-2")
THEIRS = {"patient_id": "P-2"}


def _taken(day: str, reported: str = "") -> PlantedRow:
    return specimen(specimen_date=day, report_date=reported)


def _gene(gene: str, result: str = "mutant", variant: str = "", specimen_id: str = "G-1", **cells) -> PlantedRow:
    if result == "mutant":
        variant = variant or {"KRAS": "p.G12D", "NRAS": "p.Q61K", "BRAF": "p.V600E"}[gene]
    return specimen(gene=gene, result=result, variant=variant, specimen_id=specimen_id, **cells)


def _disagree(*rows: PlantedRow) -> Canary:
    return found("GEN-05", "result", "flag", FIRST, *rows)


def _agree(*rows: PlantedRow) -> Canary:
    return silent("GEN-05", EXPORT, "result", FIRST, *rows)


KRAS, NRAS, V600E = _gene("KRAS"), _gene("NRAS"), _gene("BRAF")
G469A = _gene("BRAF", variant="p.G469A")
K_WILD, N_WILD, B_WILD = (_gene(gene, "wild_type") for gene in ("KRAS", "NRAS", "BRAF"))

CROSS_RULES: tuple[Canary, ...] = (
    found("GEN-06-W", "specimen_date", "flag", FIRST, bad(_taken("2020-03-02", "2020-03-01"))),
    found("GEN-06-W", "specimen_date", "flag", FIRST, SECOND, bad(_taken("2020-03-11"))),
    found("GEN-06-W", "specimen_date", "flag", FIRST, SECOND, bad(_taken("2020-03-11", "2020-04-01"))),
    silent("GEN-06-W", EXPORT, "specimen_date", FIRST, _taken("2020-03-01", "2020-03-01")),
    silent("GEN-06-W", EXPORT, "specimen_date", FIRST, SECOND, _taken("2020-03-10", "2020-03-11")),
    silent("GEN-06-W", EXPORT, "specimen_date", FIRST, _taken("", "2020-03-11")),
    silent(
        "GEN-06-W",
        EXPORT,
        "specimen_date",
        FIRST,
        session(patient_id="P-2", session_date="2020-01-01"),
        _taken("2020-03-01"),
    ),
    _disagree(bad(KRAS), bad(NRAS)),
    _disagree(bad(KRAS), bad(V600E)),
    _disagree(bad(NRAS), bad(V600E)),
    _disagree(bad(KRAS), bad(NRAS), G469A),
    _disagree(bad(KRAS), bad(K_WILD), bad(_gene("KRAS", "wild_type", specimen_id="G-2"))),
    _disagree(OTHER_PATIENT, bad(KRAS), bad(NRAS), _gene("KRAS", **THEIRS)),
    _disagree(OTHER_PATIENT, bad(KRAS), bad(_gene("KRAS", "wild_type", specimen_id="G-2")), _gene("KRAS", **THEIRS)),
    _disagree(bad(KRAS), bad(V600E), N_WILD),
    _disagree(bad(KRAS), bad(NRAS), B_WILD),
    _disagree(bad(KRAS), bad(V600E), _gene("BRAF", variant="p.G469A", specimen_id="G-1")),
    *(
        _disagree(bad(_gene(gene)), bad(_gene(gene, result, specimen_id="G-2")))
        for gene in ("KRAS", "NRAS", "BRAF")
        for result in ("wild_type", "vus")
    ),
    _disagree(bad(KRAS), bad(_gene("KRAS", "wild_type", specimen_id="G-2")), N_WILD, B_WILD),
    *(_agree(KRAS, _gene("KRAS", result, specimen_id="G-2")) for result in ("indeterminate", "failed", "not_tested")),
    _agree(KRAS, _gene("KRAS", specimen_id="G-2")),
    _agree(K_WILD, _gene("KRAS", "vus", specimen_id="G-2")),
    _agree(KRAS, _gene("KRAS", variant="p.G13D")),
    _disagree(bad(KRAS), bad(K_WILD)),
    _disagree(OTHER_PATIENT, bad(KRAS), bad(K_WILD), _gene("KRAS", "wild_type", **THEIRS)),
    _disagree(bad(KRAS), bad(K_WILD), N_WILD),
    _disagree(bad(KRAS), bad(K_WILD), _gene("KRAS", specimen_id="G-2")),
    _disagree(bad(KRAS), bad(K_WILD), _gene("KRAS", "vus", "p.L79F")),
    _agree(KRAS, _gene("KRAS", "vus", "p.L79F")),
    _agree(KRAS, N_WILD, B_WILD),
    _agree(KRAS, _gene("BRAF", "vus", "p.V600E")),
    _agree(NRAS, K_WILD, B_WILD),
    _agree(V600E, K_WILD, N_WILD),
    _agree(KRAS, G469A),
    _agree(NRAS, G469A),
    _agree(_gene("KRAS", "failed"), NRAS),
    silent("GEN-05", EXPORT, "result", FIRST, OTHER_PATIENT, KRAS, _gene("NRAS", **THEIRS)),
    silent("GEN-05", EXPORT, "result", FIRST, OTHER_PATIENT, KRAS, _gene("BRAF", **THEIRS)),
    silent("GEN-05", EXPORT, "result", FIRST, OTHER_PATIENT, KRAS, _gene("KRAS", "wild_type", "", "G-2", **THEIRS)),
    _agree(
        specimen(gene="TP53", result="mutant", variant="p.R175H"),
        specimen(gene="TP53", result="wild_type", specimen_id="G-2"),
    ),
)


def _contradict(*rows: PlantedRow) -> Canary:
    return found("GEN-09", "result", "flag", FIRST, *rows)


def _fit(*rows: PlantedRow) -> Canary:
    return silent("GEN-09", EXPORT, "result", FIRST, *rows)


HIGH, LOW, STABLE = (specimen(gene="MSI", result=result) for result in ("msi_high", "msi_low", "mss"))
DEFICIENT, PROFICIENT = (specimen(gene="MMR", result=result) for result in ("deficient", "proficient"))
AMPLIFIED, MUTATED = specimen(gene="HER2", result="amplified"), specimen(gene="ERBB2", **_of("mutant", "p.S310F"))
LATER_STABLE = specimen(gene="MSI", result="mss", specimen_id="G-2")


def _burden(number: str, **cells: str) -> PlantedRow:
    return specimen(**({"gene": "TMB", "result": "measured", "tmb_per_mb": number} | cells))


STATE_RULES: tuple[Canary, ...] = (
    _contradict(bad(HIGH), bad(PROFICIENT), AMPLIFIED),
    _contradict(bad(STABLE), bad(DEFICIENT), AMPLIFIED),
    _contradict(bad(HIGH), bad(specimen(gene="MMR", result="proficient", specimen_id="G-2"))),
    _contradict(bad(HIGH), bad(specimen(gene="MSI", result="mss", variant="NGS")), AMPLIFIED, LATER_STABLE),
    _contradict(bad(AMPLIFIED), bad(specimen(gene="ERBB2", result="not_amplified"))),
    _contradict(bad(LOW), bad(specimen(gene="MSI", result="mss", variant="NGS"))),
    _contradict(bad(_burden("4")), bad(_burden("9", variant="2"))),
    _contradict(OTHER_PATIENT, bad(HIGH), bad(PROFICIENT), specimen(gene="MMR", result="proficient", **THEIRS)),
    _contradict(
        OTHER_PATIENT,
        bad(HIGH),
        bad(specimen(gene="MSI", result="mss", variant="NGS")),
        specimen(**HIGH.cells | THEIRS),
    ),
    _fit(HIGH, DEFICIENT),
    _fit(STABLE, PROFICIENT),
    _fit(LOW, PROFICIENT),
    _fit(LOW, DEFICIENT),
    _fit(HIGH, LATER_STABLE),
    _fit(HIGH, specimen(gene="MMR", result="failed")),
    _fit(OTHER_PATIENT, HIGH, specimen(gene="MMR", result="proficient", **THEIRS)),
    _fit(OTHER_PATIENT, HIGH, specimen(gene="MSI", result="mss", **THEIRS)),
    _fit(_burden("4"), _burden("4", variant="2"), _burden("9", specimen_id="G-2")),
    _fit(AMPLIFIED, MUTATED),
)

CANARIES = (*ROW_RULES, *CROSS_RULES, *STATE_RULES)
