"""Makes the rows of sessions, exams, patients and treatments from procedures, sizes, disease status and patients."""

import duckdb

from schemas.exports import EXPORTS
from warehouse.sources.fhir.present import Present
from warehouse.sources.fhir.references import last_part, own_identifier
from warehouse.sources.fhir.sql import (
    day,
)


def own_or(export: str, standard: dict[str, str], has_own: bool) -> str:
    """Return SQL of an export's cells: what our own extension says, else what the standard element does."""
    cells = []
    for column in EXPORTS[export].column_names:
        other = standard.get(column)
        if has_own and column != "patient_id":
            own = f"own['{export}:{column}']"
            cells.append(f"{own if other is None else f'coalesce({own}, {other})'} AS {column}")
        elif other is not None:
            cells.append(f"{other} AS {column}")
    return ", ".join(cells)


def make_lesions(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make the tables of lesions (BodyStructure), and of the size of lesions as it was measured."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_lesions AS SELECT k.key, "  # noqa: S608 (own names)
        f"coalesce({own_identifier('lesion_id')}, id, identifiers[1].value, {last_part('k.key')}) AS lesion_id "
        f"FROM {table}_keys k JOIN {table} r USING (n) WHERE k.resource = 'BodyStructure'"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {table}_sizes AS SELECT n, unnest(lesions) AS lesion, parts AS procedures, "  # noqa: S608
        f"effective AS moment, size FROM {table} WHERE is_size AND state IS NULL"
    )


def make_sessions(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> str:
    """Make the rows of procedures; those that are no ablation of the liver have no instrument."""
    not_ours = " AND own['treatments:treatment_id'] IS NULL" if present.own else ""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_treated AS SELECT n, unnest(range(greatest(len(listed), 1))) AS sub, "  # noqa: S608
        f"unnest(listed) AS lesion, * EXCLUDE (n, listed) FROM ("
        f"SELECT n, key, id, {'own' if present.own else 'NULL'} AS own, ablated_by AS modality, approach, is_ablation, "
        f"performed AS moment, parts[1] AS part, {own_identifier('session_id')} AS session, "
        f"CASE WHEN len(lesions) > 0 THEN lesions ELSE [NULL] END AS listed "
        f"FROM {table} WHERE resource = 'Procedure'{not_ours})"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_treated_sizes AS SELECT t.n, t.lesion, "  # noqa: S608
        f"max_by(s.size, (coalesce(list_contains(s.procedures, t.key), false), coalesce(s.moment, ''), s.n)) AS size "
        f"FROM {table}_treated t JOIN {table}_sizes s ON s.lesion = t.lesion WHERE s.moment IS NULL "
        f"OR {day('s.moment')} <= {day('t.moment')} OR list_contains(s.procedures, t.key) GROUP BY ALL"
    )
    nowhere = "t.lesion IS NOT NULL AND l.key IS NULL" if present.body_structures else "false"
    standard = {
        "session_id": f"coalesce(t.session, {last_part('t.part')}, t.id, {last_part('t.key')})",
        "session_date": day("t.moment"),
        "lesion_id": f"CASE WHEN {nowhere} THEN NULL ELSE coalesce(l.lesion_id, {last_part('t.lesion')}) END",
        "max_diameter_mm": "z.size",
        "modality": "t.modality",
        "approach": "t.approach",
    }
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_rfa_sessions AS SELECT t.n, t.sub, "  # noqa: S608
        f"CASE WHEN t.is_ablation THEN 'rfa_sessions' END AS instrument, "
        f"{own_or('rfa_sessions', standard, present.own)}, {nowhere} AS is_nowhere FROM {table}_treated t "
        f"LEFT JOIN {table}_lesions l ON l.key = t.lesion "
        f"LEFT JOIN {table}_treated_sizes z ON z.n = t.n AND z.lesion = t.lesion"
    )
    return f"{table}_rfa_sessions"


def make_treatments(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """Make the rows of treatments, which our own export writes as procedures."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_treatments AS SELECT n, 0 AS sub, 'treatments' AS instrument, "  # noqa: S608
        f"{own_or('treatments', {'start_date': day('performed')}, True)}, false AS is_nowhere FROM {table} "
        f"WHERE resource = 'Procedure' AND own['treatments:treatment_id'] IS NOT NULL"
    )
    return f"{table}_treatments"


def make_exams(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> str:
    """Make the rows of disease status: one for each lesion that an observation is about, or one of none."""
    is_cancer = "CASE WHEN starts_with(lesions[1], 'Condition/') THEN [] ELSE lesions END"
    of_lesions = (
        f"CASE WHEN len(lesions) = 1 THEN {is_cancer} "
        f"ELSE list_filter(lesions, lambda x: NOT starts_with(x, 'Condition/')) END"
    )
    own = ", own, own_status" if present.own else ""
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {table}_seen AS SELECT n, unnest(range(greatest(len(listed), 1))) AS sub, "  # noqa: S608
        f"unnest(CASE WHEN len(listed) > 0 THEN listed ELSE [NULL] END) AS lesion, * EXCLUDE (n, listed) FROM ("
        f"SELECT n, key, id, effective AS moment, {of_lesions} AS listed, "
        "CASE WHEN parts IS NOT NULL OR derived IS NOT NULL "
        "THEN list_concat(coalesce(parts, []), coalesce(derived, []))[1] END AS study, "
        f"trend, exam AS modality{own} FROM {table} WHERE is_exam)"
    )
    nowhere = "s.lesion IS NOT NULL AND l.key IS NULL AND c.n IS NULL" if present.body_structures else "false"
    of_lesion = "CASE WHEN c.n IS NULL THEN s.lesion END"
    standard_status = f"CASE WHEN {of_lesion} IS NOT NULL THEN s.trend END"
    standard = {
        "exam_id": f"CASE WHEN {nowhere} THEN NULL ELSE coalesce(i.id, s.id, {last_part('s.key')}) END",
        "exam_date": day("coalesce(i.started, s.moment)"),
        "modality": "coalesce(i.exam, s.modality)",
        "lesion_id": f"coalesce(l.lesion_id, {last_part(of_lesion)})",
        "lesion_status": f"CASE WHEN own['imaging_followups:exam_id'] IS NULL THEN {standard_status} "
        f"ELSE s.own_status END"
        if present.own
        else standard_status,
    }
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_imaging_followups AS SELECT s.n, s.sub, "  # noqa: S608 (own names)
        f"'imaging_followups' AS instrument, {own_or('imaging_followups', standard, present.own)}, "
        f"{nowhere} AS is_nowhere FROM {table}_seen s LEFT JOIN {table}_lesions l ON l.key = s.lesion "
        f"LEFT JOIN {table}_keys c ON c.key = s.lesion AND c.resource = 'Condition' "
        f"LEFT JOIN {table}_keys k ON k.key = s.study AND k.resource = 'ImagingStudy' "
        f"LEFT JOIN (SELECT n, id, started, exam FROM {table} WHERE resource = 'ImagingStudy') i ON i.n = k.n"
    )
    return f"{table}_imaging_followups"


def make_patients_rows(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> str:
    """Make the rows of patients, with their ECOG status and CEA before the first ablation."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_before AS WITH said AS ("  # noqa: S608 (own names)
        f"SELECT n, whom, effective AS moment, is_ecog, rating AS said FROM {table} "
        f"WHERE (is_ecog OR is_cea) AND state IS NULL), "
        f"first AS (SELECT whom, min({day('performed')}) AS day FROM {table} WHERE resource = 'Procedure' "
        f"AND state IS NULL AND whom IN (SELECT whom FROM said) AND is_ablation GROUP BY whom), "
        f"rated AS (SELECT whom, is_ecog, said, moment, n, coalesce({day('moment')} <= day, false) AS is_before "
        f"FROM said LEFT JOIN first USING (whom) WHERE said IS NOT NULL) "
        f"SELECT k.n, min_by(said, rank) FILTER (is_ecog) AS ecog, "
        f"min_by(said, rank) FILTER (NOT is_ecog) AS cea FROM ("
        f"SELECT *, row_number() OVER (PARTITION BY whom, is_ecog ORDER BY is_before DESC, "
        f"CASE WHEN is_before THEN moment END DESC, moment, n) AS rank FROM rated) JOIN {table}_keys k "
        f"ON k.key = whom AND k.resource = 'Patient' GROUP BY k.n"
    )
    standard = {
        "sex": "lower(gender)",
        "birth_year": "birth_date[:4]",
        "vital_status": "CASE WHEN deceased_at IS NOT NULL OR deceased = 'true' THEN 'dead' "
        "WHEN deceased = 'false' THEN 'alive' END",
        "death_date": day("deceased_at"),
        "ecog": "b.ecog",
        "cea_ng_ml": "b.cea",
    }
    instrument = "CASE WHEN own['patients:origin'] IS NULL THEN 'patients' END" if present.own else "'patients'"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_of_patients AS SELECT n, 0 AS sub, {instrument} AS instrument, "  # noqa: S608
        f"{own_or('patients', standard, present.own)}, false AS is_nowhere "
        f"FROM {table} r LEFT JOIN {table}_before b USING (n) WHERE resource = 'Patient'"
    )
    return f"{table}_of_patients"
