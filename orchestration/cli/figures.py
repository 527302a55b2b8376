"""Summarise a release's main figures in a few lines, for the end of a refresh and for `registry status`."""

from analysis import primary
from orchestration.cli.wording import counted
from warehouse.releases.query import open_release
from warehouse.releases.release import Release
from warehouse.storage.connection import table_exists

COUNTS = """
    SELECT (SELECT count(*) FROM derived.patient_ltpfs), count(*), count(*) FILTER (is_evaluable), count(*) FILTER (ltp)
    FROM derived.lesion_ltp
"""
RATES = """
    SELECT stratum, n_events, n, estimate FROM analysis.ltp_rates
    WHERE level = 'patient' AND "grouping" = 'kras' AND quantity = 'rate' AND stratum <> 'unknown' AND n > 0
"""
SURVIVAL = """
    SELECT stratum, estimate, lower, upper, contains(note, 'few at risk') FROM analysis.km_summary
    WHERE endpoint = $endpoint AND level = $level AND "grouping" = $grouping AND quantity = 'survival_12m'
      AND stratum <> 'unknown' AND estimate IS NOT NULL
"""
INCIDENCE = """
    WITH landmark AS (
        SELECT stratum, contains(note, 'few at risk') AS few FROM analysis.km_summary
        WHERE endpoint = $endpoint AND level = $level AND "grouping" = $grouping AND quantity = 'survival_12m'
          AND stratum <> 'unknown' AND estimate IS NOT NULL
    )
    SELECT stratum, arg_max(estimate, time_months), arg_max(lower, time_months), arg_max(upper, time_months),
           any_value(few)
    FROM analysis.cumulative_incidence JOIN landmark USING (stratum)
    WHERE endpoint = $endpoint AND level = $level AND "grouping" = $grouping AND cause = 1 AND time_months <= 12
    GROUP BY stratum ORDER BY stratum = 'mutant'
"""
SET_ASIDE = """
    SELECT count(DISTINCT (site, export, delivery, line)) FILTER (scope = 'row'), count(*) FILTER (scope = 'value')
    FROM quality.quarantine
"""
REJECTED = "SELECT count(*) FILTER (status = 'rejected'), count(*) FILTER (status = 'waiting') FROM meta.loads"
ANSWERS = "SELECT status, count(*) FROM quality.answers GROUP BY ALL ORDER BY status"


def main_figures(release: Release) -> list[str]:
    """Return one line each on patients and lesions, LTP, LTPFS, LTP with death competing, and quality."""
    asked = {"level": primary.LEVEL, "grouping": primary.GROUPING}
    with open_release(release) as con:
        patients, lesions, evaluable, with_ltp = con.execute(COUNTS).fetchone() or (0, 0, 0, 0)
        rates = con.execute(RATES).fetchall()
        survival = con.execute(SURVIVAL, asked | {"endpoint": primary.ENDPOINT}).fetchall()
        incidence = con.execute(INCIDENCE, asked | {"endpoint": primary.COMPETING_ENDPOINT}).fetchall()
        rows, values = con.execute(SET_ASIDE).fetchone() or (0, 0)
        rejected, waiting = con.execute(REJECTED).fetchone() or (0, 0)
        answers = con.execute(ANSWERS).fetchall() if table_exists(con, "quality", "answers") else []
    lines = [
        f"{counted(patients, 'patient')}, {counted(lesions, 'lesion')}: {evaluable:,} evaluable, {with_ltp:,} with LTP"
    ]
    if rates:
        parts = [f"{_words(s)} {k}/{n} ({100 * share:.1f} %)" for s, k, n, share in rates]
        lines.append(f"LTP by KRAS, patients: {', '.join(parts)}")
    for name, found in (
        ("LTPFS at 12 months (Kaplan-Meier, 95 % interval)", survival),
        ("LTP by 12 months (death competing, 95 % interval)", incidence),
    ):
        if found:
            lines.append(f"{name}: {', '.join(_share(*row) for row in found)}")
    lines.append(
        f"set aside: {counted(rows, 'row')}, {counted(values, 'single value')}; rejected deliveries: {rejected}"
    )
    if waiting:
        one = "1 delivery waits for confirmation and does"
        many = f"{waiting:,} deliveries wait for confirmation and do"
        lines.append(f"{one if waiting == 1 else many} not count yet: see `registry status`")
    if answers:
        lines.append(f"answers from sites: {', '.join(f'{n:,} {status}' for status, n in answers)}")
    canaries = release.manifest["quality"].get("canaries")
    if canaries:
        lines.append(f"canaries: {canaries['found']:,} of {canaries['planted']:,} planted defects found")
    return lines


def _share(stratum: str, estimate: float, lower: float | None, upper: float | None, few: bool) -> str:
    return f"{_words(stratum)} {100 * estimate:.1f} % ({_range(lower, upper)}{', few at risk' if few else ''})"


def _words(stratum: str) -> str:
    return stratum.replace("_", " ")


def _range(lower: float | None, upper: float | None) -> str:
    return "no interval" if lower is None or upper is None else f"{100 * lower:.1f} to {100 * upper:.1f}"
