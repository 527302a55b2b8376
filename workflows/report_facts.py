"""Reads what the report says in addition to the analyses: flow of patients and lesions, quality, provenance.

All of it is aggregates from the build database. How the page looks is in analysis/report/.
"""

from typing import TYPE_CHECKING, Any

import duckdb

from languages.known import ENGLISH
from schemas.thresholds import DAYS_PER_MONTH
from warehouse.control import run_in
from warehouse.derived import analysis_tables
from warehouse.expectations.data_docs import FOLDER, INDEX
from warehouse.quality import scorecard, site_results
from warehouse.releases.release import Release
from warehouse.storage.connection import table_exists
from warehouse.storage.home import Home
from warehouse.storage.home_files import SUITE_FILES
from warehouse.storage.home_settings import home_settings
from warehouse.storage.plan_table import plan_in
from warehouse.storage.rule_table import book_of
from warehouse.storage.suite_table import suites_of
from warehouse.storage.table_catalogue import ANALYSIS_TABLES, SERVICE_TABLES
from workflows.plan_facts import own_plan

if TYPE_CHECKING:
    import pandas as pd

    from analysis.report.content import Canaries, InputFile, ReportContent
    from analysis.report.morning_note import MorningNote

COURSE = """
    SELECT site, patient_id, lesion_id, months, event FROM derived.time_to_event {only}
    WHERE endpoint = 'TTLTP' AND level = 'lesion' AND months IS NOT NULL
"""
COURSES = f"""
    WITH course AS (
        SELECT coalesce(p.kras, 'unknown') AS stratum, t.months, t.event, count(*) AS n {{systemic}}
        FROM ({COURSE}) t LEFT JOIN derived.patient_ltpfs p USING (site, patient_id) {{joined}} GROUP BY ALL
    ), numbered AS (
        SELECT *, sum(n) OVER (ORDER BY stratum, months, event {{systemic}}) AS up_to,
               greatest(1, ceil(sum(n) OVER () / $most))::BIGINT AS step
        FROM course
    )
    SELECT stratum, months, event {{systemic}} FROM (
        SELECT *, unnest(range((ceil((up_to - n) / step) * step)::BIGINT, up_to::BIGINT, step)) AS place FROM numbered
    ) ORDER BY place
"""  # noqa: S608 (own text)
SYSTEMIC = f"""
    LEFT JOIN (
        SELECT site, patient_id, lesion_id, list([greatest(since, 0), least(until, months)] ORDER BY since, until)
            AS systemic
        FROM (
            SELECT
                t.site, t.patient_id, t.lesion_id, t.months,
                (m.start_date - l.first_ablation_date) / {DAYS_PER_MONTH} AS since,
                coalesce((m.stop_date - l.first_ablation_date) / {DAYS_PER_MONTH}, t.months) AS until
            FROM ({COURSE}) t
            JOIN derived.lesion_ltp l USING (site, patient_id, lesion_id)
            JOIN clean.treatments m USING (site, patient_id)
            WHERE m.kind = 'systemic'
        )
        WHERE since < months AND until > 0
        GROUP BY site, patient_id, lesion_id
    ) USING (site, patient_id, lesion_id)
"""  # noqa: S608 (own text)
TITLE = "Ablation registry: local tumour progression of colorectal liver metastases"


def report_content(
    con: duckdb.DuckDBPyConnection,
    release_id: str,
    manifest: dict,
    home: Home | None = None,
    note: "MorningNote | None" = None,
) -> "ReportContent":
    """Return the content of this build's report; with `home`, its releases give the trend; `note` says what changed."""
    import pandas as pd

    from analysis.report.content import Problem, ReportContent

    return ReportContent(
        release_id=release_id,
        title=TITLE,
        code_version=manifest["code"]["version"],
        **synthetic(con),
        tables=tables_of(con),
        flow=manifest["flow"],
        quality=quality_by_export(con),
        quality_rules=quality_by_rule(con),
        problems=[Problem(*row) for row in _rejected(con)],
        inputs=inputs_of(manifest),
        parent_release=manifest.get("parent_release"),
        data_docs=f"{FOLDER}/{INDEX}" if table_exists(con, "quality", "expectations") else "",
        schema_versions=manifest["schema_versions"],
        scorecard=_table(con, "quality", "scorecard"),
        trend=scorecard.trend(con, home, release_id) if home else pd.DataFrame(),
        changes=scorecard.changes_by_rule(con),
        exceptions=scorecard.exceptions_by_rule(con),
        canaries=canaries_of(manifest),
        completeness=_table(con, "quality", "completeness"),
        control_charts=_table(con, "quality", "control_charts"),
        run_in=run_in.shown(con),
        thresholds=site_results.thresholds(con),
        maturity=_table(con, "analysis", "maturity"),
        quality_sensitivity=_table(con, "analysis", "quality_sensitivity"),
        morning_note=note,
        own_plan=own_plan(con),
        courses=courses(con),
        n_courses=n_courses(con),
        software=manifest["code"].get("analysed_with", {}),
        language=home_settings(home).language if home else ENGLISH,
    )


def inputs_of(manifest: dict) -> "list[InputFile]":
    """Return the accepted deliveries of a release."""
    from analysis.report.content import InputFile

    return [
        InputFile(i["site"], i["export"], i["delivery"], i["sha256"], i["rows"])
        for i in manifest["inputs"]
        if i["status"] == "accepted"
    ]


def canaries_of(manifest: dict) -> "Canaries | None":
    """Return how many planted defects a release found; None for a release without."""
    from analysis.report.content import Canaries

    found = manifest["quality"].get("canaries")
    return Canaries(found["found"], found["planted"]) if found else None


def language_of(release: Release) -> str:
    """Return the language of the registry that made the release; English for a release outside a home."""
    return home_settings(Home(release.folder.parents[1])).language


def tables_of(con: duckdb.DuckDBPyConnection) -> "dict[str, pd.DataFrame]":
    """Read the analysis tables that exist, by name: of curves, the rows that a page shows; of an own plan, none."""
    from analysis.report.own_plan import apart
    from analysis.report.shown_rows import SHOWN

    return {
        table.name: apart(analysis_tables.read(con, table.name, SHOWN.get(table.name)))[0]
        for table in (*ANALYSIS_TABLES, *SERVICE_TABLES)
        if table_exists(con, "analysis", table.name)
    }


def courses(con: duckdb.DuckDBPyConnection, among: str = "") -> "pd.DataFrame":
    """Return the courses of lesions for the swimmer plot, without keys: stratum (KRAS), months, event. Where systemic
    therapy was delivered, also `systemic`: pairs of months within the course; an open therapy lasts to its end. If
    there are too many, every k-th in order of KRAS and time. With `among`, a table of site and patient_id, only its
    patients count.
    """
    from analysis.figures.swimmer import MAX_LESIONS

    only, systemic, joined = _only(among), "", ""
    if _has_systemic(con):
        systemic, joined = ", systemic", SYSTEMIC.format(only=only)
    sql = COURSES.format(only=only, systemic=systemic, joined=joined)
    return con.execute(sql, {"most": MAX_LESIONS}).df()


def _has_systemic(con: duckdb.DuckDBPyConnection) -> bool:
    if not table_exists(con, "clean", "treatments"):  # a release of an earlier version
        return False
    return con.execute("SELECT 1 FROM clean.treatments WHERE kind = 'systemic' LIMIT 1").fetchone() is not None


def n_courses(con: duckdb.DuckDBPyConnection, among: str = "") -> int:
    """Count the lesions that have a course."""
    row = con.execute(f"SELECT count(*) FROM ({COURSE.format(only=_only(among))})").fetchone()  # noqa: S608 (own text)
    return int(row[0]) if row else 0


def _only(among: str) -> str:
    return f"SEMI JOIN {among} USING (site, patient_id)" if among else ""


def _table(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> "pd.DataFrame":
    """Read schema.name in its stored order; empty if the build does not have it."""
    import pandas as pd

    return con.execute(f"SELECT * FROM {schema}.{name}").df() if table_exists(con, schema, name) else pd.DataFrame()  # noqa: S608


def synthetic(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Count the deliveries, and those whose names say that they are synthetic, as fields of the report's content. One
    synthetic delivery is enough for the page to say so.
    """
    row = con.execute(
        "SELECT count(*) FILTER (file_name ILIKE '%synthetic%'), count(*) FROM meta.loads WHERE export <> 'answers'"
    ).fetchone()
    n_synthetic, n_deliveries = row or (0, 0)
    return {"is_synthetic": n_synthetic > 0, "n_synthetic": n_synthetic, "n_deliveries": n_deliveries}


def flow(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    """Return the STROBE flow: rows of (label, patients, lesions, note, is_exclusion)."""

    received = con.execute(  # rows of a patient without lesion_id count as one lesion
        "SELECT count(DISTINCT (site, patient_id)), count(DISTINCT (site, patient_id, lesion_id)) "
        "FROM raw.rfa_sessions WHERE patient_id IS NOT NULL"
    ).fetchone()
    lesions = con.execute(
        """
        SELECT count(*), sum(n), count(*) FILTER (n_evaluable > 0), sum(n_evaluable), count(*) FILTER (n_ltp > 0),
               sum(n_ltp)
        FROM (SELECT count(*) AS n, count(*) FILTER (is_evaluable) AS n_evaluable, count(*) FILTER (ltp) AS n_ltp
              FROM derived.lesion_ltp GROUP BY site, patient_id)
        """
    ).fetchone()
    assert received is not None and lesions is not None
    received, lesions = (tuple(int(n or 0) for n in found) for found in (received, lesions))
    treated, evaluable, with_ltp = lesions[:2], lesions[2:4], lesions[4:]
    aside = con.execute(
        "SELECT count(DISTINCT (site, delivery, line)), count(DISTINCT rule_id) FROM quality.quarantine "
        "WHERE export = 'rfa_sessions' AND scope = 'row'"
    ).fetchone()
    assert aside is not None
    why_aside = f"sessions set aside: {aside[0]:,}, for {aside[1]} reason{'' if aside[1] == 1 else 's'}"
    not_evaluable = con.execute(
        "SELECT count(*) FILTER (is_residual), count(*) FILTER (NOT is_residual) FROM derived.lesion_ltp "
        "WHERE NOT is_evaluable"
    ).fetchone()
    assert not_evaluable is not None
    reasons = zip(("residual tumour throughout", "no adequate exam"), not_evaluable, strict=True)
    named = ", ".join(f"{name} {n}" for name, n in reasons if n)
    why = f"lesions: {named}" if named else ""
    return [
        ("Received", *received, "", False),
        (
            "Set aside or withdrawn",
            received[0] - treated[0],
            received[1] - treated[1],
            why_aside if aside[0] else "",
            True,
        ),
        ("Ablated", *treated, "", False),
        ("Not evaluable for LTP", treated[0] - evaluable[0], treated[1] - evaluable[1], why, True),
        ("Evaluable", *evaluable, "", False),
        ("With LTP", *with_ltp, "", False),
    ]


def cohort_flow(con: duckdb.DuckDBPyConnection, among: str) -> list[tuple]:
    """Return the flow of a cohort: the release's patients, those in the table `among`, and those who are evaluable."""

    def counts(where: str = "true", only: str = _only(among)) -> tuple[int, int]:
        counted = "count(DISTINCT (site, patient_id)), count(DISTINCT (site, patient_id, lesion_id))"
        row = con.execute(f"SELECT {counted} FROM derived.lesion_ltp {only} WHERE {where}").fetchone()  # noqa: S608
        assert row is not None
        return int(row[0]), int(row[1])

    whole, own, evaluable, with_ltp = counts(only=""), counts(), counts("is_evaluable"), counts("ltp")
    return [
        ("In the release", *whole, "", False),
        ("Not in the cohort", whole[0] - own[0], whole[1] - own[1], "", True),
        ("Ablated, in the cohort", *own, "", False),
        ("Not evaluable for LTP", own[0] - evaluable[0], own[1] - evaluable[1], "", True),
        ("Evaluable", *evaluable, "", False),
        ("With LTP", *with_ltp, "", False),
    ]


def quality_by_export(con: duckdb.DuckDBPyConnection):
    """Per export: received, duplicate, conflicting, unchanged, new, changed, clean, quarantined, values set aside."""
    return con.execute(
        """
        WITH q AS (
            SELECT export, count(DISTINCT (site, delivery, line)) FILTER (scope = 'row') AS quarantined,
                   count(*) FILTER (scope = 'value') AS values_set_aside
            FROM quality.quarantine GROUP BY export
        )
        SELECT l.export, sum(rows_received)::BIGINT AS received, sum(duplicate)::BIGINT AS duplicate,
               sum(conflicting)::BIGINT AS conflicting, sum(unchanged)::BIGINT AS unchanged, sum(new)::BIGINT AS new,
               sum(changed)::BIGINT AS changed, sum(in_clean)::BIGINT AS clean,
               coalesce(any_value(q.quarantined), 0) AS quarantined,
               coalesce(any_value(q.values_set_aside), 0) AS values_set_aside
        FROM quality.ledger l LEFT JOIN q USING (export) GROUP BY l.export ORDER BY l.export
        """
    ).df()


def quality_by_rule(con: duckdb.DuckDBPyConnection):
    """Per rule that was broken: rule_id, sentence, severity, rows, values, flagged."""
    return con.execute(
        """
        WITH q AS (
            SELECT rule_id, count(DISTINCT (site, export, delivery, line)) FILTER (scope = 'row') AS rows,
                   count(*) FILTER (scope = 'value') AS values
            FROM quality.quarantine GROUP BY rule_id
        ), f AS (
            SELECT rule_id, count(DISTINCT (export, row_id)) AS flagged
            FROM quality.findings WHERE scope = 'flag' GROUP BY rule_id
        ), r AS (SELECT rule_id, any_value(sentence) AS sentence, any_value(severity) AS severity
                 FROM quality.results GROUP BY rule_id)
        SELECT r.rule_id, r.sentence, r.severity, coalesce(q.rows, 0) AS rows, coalesce(q.values, 0) AS values,
               coalesce(f.flagged, 0) AS flagged
        FROM r LEFT JOIN q USING (rule_id) LEFT JOIN f USING (rule_id)
        WHERE coalesce(q.rows, 0) + coalesce(q.values, 0) + coalesce(f.flagged, 0) > 0
        ORDER BY r.rule_id
        """
    ).df()


def _rejected(con: duckdb.DuckDBPyConnection) -> list[tuple]:
    rejected = con.execute(
        "SELECT site, export, delivery, reason FROM meta.loads WHERE status <> 'accepted' ORDER BY ALL"
    ).fetchall()
    refused = [("", "rules", f"{one.file} {one.rule_id}".strip(), one.reason) for one in book_of(con).refused]
    suites = [("", SUITE_FILES.folder, one.file.name, one.reason) for one in suites_of(con) if one.reason]
    held = plan_in(con)
    plan = [("", "", held.file.name, held.reason)] if held and held.reason else []
    return rejected + refused + suites + plan
