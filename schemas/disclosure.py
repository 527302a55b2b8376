"""The law of what may leave the hospital: the modes of `--disclosure`, each with its limit, rounding and source.

A committee changes the numbers here and nowhere else. How they are applied is in disclosure/ (docs/sharing.md).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mode:
    """One policy of what may leave.

    `small`: counts from 1 to it are small: they do not leave, and a suppressed count must be uncertain by at least as
    much. `hides_zero`: whether 0 is suppressed like a small count. `rounding`: other counts are rounded to the nearest
    multiple, 1 for as they are. `curve_step`: events and losses of curves are rounded to the midpoints of classes of so
    many. `k`: rows leave only in groups of at least k that agree in all quasi-identifiers. `source`: who says so.
    """

    name: str
    small: int
    hides_zero: bool
    rounding: int
    curve_step: int
    k: int
    source: str

    @property
    def is_open(self) -> bool:
        """Whether everything leaves as it is: inside the hospital alone."""
        return self.small == 0

    def is_small(self, count: int) -> bool:
        """Return whether a count of subjects must not leave.

        >>> [MODES["cms11"].is_small(n) for n in (0, 1, 10, 11)]
        [False, True, True, False]
        """
        return (0 if self.hides_zero else 1) <= count <= self.small

    def rounded(self, count: int) -> int:
        """Return a count that may leave, as it leaves.

        >>> MODES["opensafely7"].rounded(118), MODES["lt5"].rounded(118)
        (120, 118)
        """
        return self.rounding * ((count + self.rounding // 2) // self.rounding)

    @property
    def slack(self) -> int:
        """How far a rounded count may be from the true one, either way."""
        return self.rounding // 2


NONE, LT5, OPENSAFELY7, CMS11 = "none", "lt5", "opensafely7", "cms11"

MODES = {
    mode.name: mode
    for mode in (
        Mode(NONE, 0, False, 1, 1, 1, "no control: for use inside the hospital"),
        # Fewer than 5: the least cell of most hospitals' and registries' agreements; OMOP's tools for network studies
        # suppress below 5 unless told otherwise (omopgenerics, suppress(minCellCount = 5)). A zero names nobody.
        # Classes of 5 leave each count of a curve uncertain by 4, as the limit does. k = 5: El Emam and Dankar, J Am
        # Med Inform Assoc 2008;15:627, "5 is common in practice"; no less than the limit of the counts.
        Mode(LT5, 4, False, 1, 5, 5, "counts below 5 suppressed, as OMOP's omopgenerics does unless told otherwise"),
        # OpenSAFELY, docs.opensafely.org/sdc and opensafely.org/updated-output-checking-processes: redact counts <= 7,
        # a zero too, then round to the nearest 5; for Kaplan-Meier midpoint-6 rounding (1 to 6 is 3, 7 to 12 is 9).
        # k: more than are redacted.
        Mode(OPENSAFELY7, 7, True, 5, 6, 8, "OpenSAFELY: counts up to 7 redacted, others rounded to the nearest 5"),
        # CMS Cell Size Suppression Policy (resdac.org/articles/cms-cell-size-suppression-policy, version of
        # 2024-01-26): no cell of 1 to 10 reported, nor derivable from other cells, percentages or formulas; a zero
        # does not violate it; excluded cases count too. Classes of 11, and k, are the least that follow from it.
        Mode(CMS11, 10, False, 1, 11, 11, "CMS cell size suppression: 1 to 10 suppressed and not derivable"),
    )
}
SAFE_MODE = OPENSAFELY7  # of `registry share` unless told otherwise: the only mode that also rounds

# Times. A step of a curve on its own day would say when one person had the event.
CURVE_MONTHS = 1  # registry's own: curves are counted at the end of each month
CURVE_ERROR_MOST = 0.05  # registry's own: half a class over the group; a curve that may be further off misleads
CURVE_CLASSES_LEAST = 2  # registry's own: of events; with one class a curve is one step that nobody made

# Estimates. SACRO's guide to statistical disclosure control (Derrick, Green, Ritchie, White 2022): a regression is safe
# with at least 10 residual degrees of freedom; a quantile stands for the values around it.
RESIDUAL_DF_LEAST = 10
QUARTERS = 4  # of a group of values, each with more than the small count: a quartile tells of the values beside it
SIGNIFICANT_DIGITS = 2  # registry's own: of ratios, limits and p-values of models, so that no table is found by trial

# Rows. Any column can help to find a person, so all count as quasi-identifiers but those below, which nobody outside
# the hospital knows of a patient: results of genotyping and imaging, and what the analyses make of them.
IDENTIFIERS = (
    "patient_id",
    "lesion_id",
    "session_id",
    "specimen_id",
    "exam_id",
    "operator_id",
)  # never in rows that leave
NOT_QUASI_IDENTIFIERS = (
    *("kras", "nras", "braf", "ras", "ras_extended", "braf_class", "vaf_percent"),
    *("tp53", "smad4", "pik3ca", "apc", "her2_amplification", "msi", "mmr", "tmb_per_mb"),
    *("ltp", "is_residual", "is_evaluable", "ltpfs_days", "ltpfs_months", "days", "months", "event"),
    *("max_diameter_mm", "diameter_ge_30", "minimal_margin_mm", "margin_class", "cea_ng_ml", "endpoint", "level"),
)

# Studies of several sites. Each round of a model tells a few more digits of the same rows (docs/federated.md says what
# that may come to), so a site answers no more of them. Newton's steps from 0 take 4 to 8.
FEDERATED_ROUNDS_MOST = 12  # registry's own: different coefficients of one study
FEDERATED_STUDIES_MOST = 10  # registry's own: studies with models of nearly the same patients
