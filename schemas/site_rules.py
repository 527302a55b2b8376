"""Says which rules are judged for each site by itself, and so may have a threshold of the site's own."""

from schemas.rules import RULES
from schemas.thresholds import GENOTYPE_KNOWN_MIN_PCT, LAST_CONTACT_MIN_PCT, MARGIN_KNOWN_MIN_PCT

NOT_ONE = {
    "TYPE-01": "a cell that cannot be read",
    "REQ-01": "a required cell that is empty",
    "KEY-01": "a contradiction of two rows",
}
"""Rules without any threshold, and what is never expected of a site."""
REGISTRY_RULES_BY_SITE = ("GEN-04", "IMG-08", "IMG-09", "OUT-03", "PAT-02")
"""Rules about derived tables or the registry as a whole that are judged by site as well."""
KNOWN_RULE = "DS-01"
_GENOTYPE = ("derived.patient_genotype", 100 - GENOTYPE_KNOWN_MIN_PCT)
KNOWN_BY_SITE: dict[str, tuple[str, float]] = {
    "KRAS known": _GENOTYPE,
    "NRAS known": _GENOTYPE,
    "BRAF known": _GENOTYPE,
    "margin known": ("clean.lesions", 100 - MARGIN_KNOWN_MIN_PCT),
    "last contact known": ("derived.patient_ltpfs", 100 - LAST_CONTACT_MIN_PCT),
}
"""Question of KNOWN_RULE -> the table it is about, and the percentage that may be unknown."""
SEPARATOR = ": "
"""Between a rule and which of its questions a threshold is for."""


def threshold_names() -> list[str]:
    """Return what a site's threshold may be for: a rule of the platform, or one of its questions as `DS-01: ...`."""
    of_rows = [rule.rule_id for rule in RULES.values() if isinstance(rule.phase, int) and rule.rule_id not in NOT_ONE]
    return [*of_rows, *REGISTRY_RULES_BY_SITE, *(f"{KNOWN_RULE}{SEPARATOR}{aspect}" for aspect in KNOWN_BY_SITE)]
