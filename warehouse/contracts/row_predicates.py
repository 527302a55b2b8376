"""States in SQL which rows of a file break the platform's rules on one row, for tools that run SQL and nothing else.

The rules themselves are polars expressions beside their columns (schemas/<export>.py); tests hold each condition equal
to its rule, row by row. Names in braces stand for columns, so that a site's own cells can stand in their place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from string import Formatter

from schemas import imaging_followups as imaging
from schemas.codes import NO_RESULT
from schemas.genotype.markers import OF_GENES, RESULTS, names_of
from schemas.thresholds import (
    CEA_MAX_NG_ML,
    CEA_UNIT_SLIP_NG_ML,
    CM_FOR_MM_BELOW,
    CM_FOR_MM_RATIO,
    DFI_MAX_MONTHS,
    DIAMETER_MM,
    DISTANCE_MM,
    EARLIEST_ABLATION,
    EARLIEST_BIRTH_YEAR,
    EARLIEST_TREATMENT,
    LTP_DISTANCE_MM,
    MARGIN_MM,
    MARGIN_TOLERANCE_MM,
    N_CLM_MAX,
    POWER_W,
    THERAPY_LINES,
    TIME_MIN,
    TMB_PER_MB,
    USUAL_DIAMETER_MM,
    VAF_PERCENT,
    WAITING_MAX_DAYS,
    ZONE_MM,
)

TODAY = "current_date"
"""Stands for the extract date, which a file does not hold: whoever checks a file does so on the day it is sent."""
NOT_STATED = {
    "TYPE-01": "the types of the columns say it",
    "REQ-01": "`required` says it",
    "PHI-01": "its patterns of names, numbers and addresses are the registry's",
    "ID-01": "its lists of invisible and look-alike characters are the registry's",
    "GEN-01-W": "only the registry reads a variant's text",
    "GEN-02": "only the registry reads a variant's text",
    "GEN-03": "only the registry reads a variant's text",
}
"""Rules on one row that a contract leaves to `registry check` -> why."""


@dataclass(frozen=True)
class RowPredicate:
    """`breaks` is SQL that is true for a row that breaks the rule in `column`; null does not count as broken."""

    rule_id: str
    column: str
    breaks: str

    @property
    def names(self) -> tuple[str, ...]:
        """Return the columns that the condition reads."""
        return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.breaks) if name))

    def sql(self, cell: Callable[[str], str]) -> str:
        """Return the condition with each column as `cell` gives it."""
        return self.breaks.format(**{name: cell(name) for name in self.names})


def _outside(rule_id: str, column: str, bounds: tuple[float, float]) -> RowPredicate:
    low, high = bounds
    return RowPredicate(rule_id, column, f"{{{column}}} NOT BETWEEN {low} AND {high}")


def _dated(rule_id: str, column: str, earliest: date | None = None) -> RowPredicate:
    before = f"{{{column}}} < DATE '{earliest}' OR " if earliest else ""
    return RowPredicate(rule_id, column, f"{before}{{{column}}} > {TODAY}")


def _waited(column: str, more: str = "") -> RowPredicate:
    """Return the condition that a date is a year before the session; `more` is another way to break the rule."""
    return RowPredicate(
        "ABL-13-W", column, f"date_diff('day', {{{column}}}, {{session_date}}) > {WAITING_MAX_DAYS}{more}"
    )


def _before_session(column: str) -> RowPredicate:
    earliest = f"DATE '{EARLIEST_ABLATION}'"
    return RowPredicate("ABL-13", column, f"{{{column}}} < {earliest} OR {{{column}}} > {{session_date}}")


def _unfitting() -> str:
    """Return the condition that a gene, or a state of the tumour, has a result that it cannot have."""
    states = "".join(
        f" WHEN {{gene}} IN ({_listed(names_of(state))}) THEN {{result}} IN ({_listed(results)})"
        for state, results in RESULTS.items()
    )
    of_its_own = f"CASE{states} ELSE {{result}} IN ({_listed(OF_GENES)}) END"
    return f"NOT ({{result}} IN ({_listed(NO_RESULT)}) OR {of_its_own})"


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


_DEATH = "{death_date} IS NOT NULL AND {vital_status} IS DISTINCT FROM 'dead'"

PREDICATES: dict[str, tuple[RowPredicate, ...]] = {
    "patients": (
        RowPredicate(
            "PAT-04", "birth_year", f"{{birth_year}} < {EARLIEST_BIRTH_YEAR} OR {{birth_year}} > year({TODAY})"
        ),
        RowPredicate("PAT-12", "cea_ng_ml", f"{{cea_ng_ml}} <= 0 OR {{cea_ng_ml}} > {CEA_MAX_NG_ML}"),
        RowPredicate("PAT-12-W", "cea_ng_ml", f"{{cea_ng_ml}} > {CEA_UNIT_SLIP_NG_ML}"),
        _outside("PAT-13", "dfi_months", (0, DFI_MAX_MONTHS)),
        _outside("PAT-13", "n_clm_total", (1, N_CLM_MAX)),
        RowPredicate("PAT-06", "vital_status", _DEATH),
        RowPredicate("PAT-06", "death_date", _DEATH),
        RowPredicate("PAT-06-W", "death_date", "{vital_status} = 'dead' AND {death_date} IS NULL"),
        RowPredicate("PAT-08-W", "last_contact_date", "{vital_status} = 'dead' AND {last_contact_date} > {death_date}"),
        _dated("PAT-09", "death_date"),
        _dated("PAT-09", "last_contact_date"),
    ),
    "rfa_sessions": (
        _outside("LES-03", "max_diameter_mm", DIAMETER_MM),
        _outside("LES-03-W", "max_diameter_mm", USUAL_DIAMETER_MM),
        RowPredicate(
            "LES-04",
            "max_diameter_mm",
            f"{{max_diameter_mm}} < {CM_FOR_MM_BELOW} OR {{zone_long_mm}} >= {CM_FOR_MM_RATIO} * {{max_diameter_mm}} "
            f"OR {{max_diameter_mm}} >= {CM_FOR_MM_RATIO} * {{zone_long_mm}}",
        ),
        _dated("ABL-02", "session_date", EARLIEST_ABLATION),
        _dated("ABL-02", "margin_exam_date", EARLIEST_ABLATION),
        _outside("ABL-06", "power_w", POWER_W),
        _outside("ABL-06", "time_min", TIME_MIN),
        _outside("ABL-07", "minimal_margin_mm", MARGIN_MM),
        _outside("ABL-07", "zone_long_mm", ZONE_MM),
        _outside("ABL-07", "zone_short_mm", ZONE_MM),
        RowPredicate(
            "ABL-08",
            "minimal_margin_mm",
            f"{{minimal_margin_mm}} > ({{zone_short_mm}} - {{max_diameter_mm}}) / 2 + {MARGIN_TOLERANCE_MM} "
            "OR ({technical_success} = 'yes' AND {zone_long_mm} < {max_diameter_mm})",
        ),
        RowPredicate("ABL-12", "margin_exam_date", "{margin_exam_date} < {session_date}"),
        _before_session("referral_date"),
        _before_session("decision_date"),
        _waited("referral_date"),
        _waited("decision_date", " OR {decision_date} < {referral_date}"),
    ),
    "genotypes": (
        _outside("GEN-07", "vaf_percent", VAF_PERCENT),
        _outside("GEN-10", "tmb_per_mb", TMB_PER_MB),
        RowPredicate("GEN-03-W", "variant", "{result} = 'mutant' AND {variant} IS NULL"),
        RowPredicate("GEN-08", "result", _unfitting()),
        RowPredicate(
            "GEN-10-W", "tmb_per_mb", "({gene} = 'TMB' AND {result} = 'measured') <> ({tmb_per_mb} IS NOT NULL)"
        ),
        _dated("GEN-06", "specimen_date"),
        _dated("GEN-06", "report_date"),
    ),
    "imaging_followups": (
        _dated("IMG-12", "exam_date", EARLIEST_ABLATION),
        _outside("IMG-13", "distance_to_zone_mm", DISTANCE_MM),
        RowPredicate(
            "IMG-04",
            "lesion_status",
            f"{{lesion_status}} IN ({_listed(imaging.STATEMENTS_THAT_NEED_CONTRAST)}) AND NOT coalesce("
            f"{{modality}} IN ({_listed(imaging.QUALIFYING_MODALITIES)}) AND {{contrast_enhanced}} = 'yes', false)",
        ),
        RowPredicate(
            "IMG-06",
            "lesion_status",
            f"{{lesion_status}} IN ('ltp', 'residual') AND {{distance_to_zone_mm}} > {LTP_DISTANCE_MM}",
        ),
    ),
    "treatments": (
        _dated("TRT-02", "start_date", EARLIEST_TREATMENT),
        _dated("TRT-02", "stop_date", EARLIEST_TREATMENT),
        _outside("TRT-03", "therapy_line", THERAPY_LINES),
        RowPredicate("TRT-04", "stop_date", "{stop_date} < {start_date}"),
    ),
}
"""Export -> conditions, in the order of its rules. A rule with a list of codes is stated with the list instead."""
