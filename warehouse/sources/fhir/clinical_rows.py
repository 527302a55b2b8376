"""Makes the rows of sessions, exams, patients and treatments from procedures, sizes, disease status and patients."""

import duckdb

from schemas.exports import EXPORTS
from warehouse.sources.fhir.codes import (
    ABLATION_WORDS,
    ABLATIONS,
    CEA,
    DISEASE_STATUS,
    ECOG,
    ECOG_ANSWER,
    EVIDENCE,
    EXAMS,
    LONGEST,
    MICROWAVE,
    MILLIMETRES,
    NG_PER_ML,
    RADIOFREQUENCY,
    STATUS_OF_LESION,
    TARGET,
    TUMOUR_SIZE,
)
from warehouse.sources.fhir.references import has, last_part, own_identifier, target
from warehouse.sources.fhir.sql import (
    EFFECTIVE,
    PERFORMED,
    codes_of,
    component,
    day,
    has_code,
    looked_up,
    measured,
    own_code,
)

WORDS = "lower(concat_ws(' ', code.text, array_to_string(list_transform(code.coding, lambda c: c.display), ' ')))"
NOTHING = "NULL::VARCHAR"


def is_ablation() -> str:
    """Return SQL, true or false: the procedure is an ablation of the liver, by its code or in words."""
    return f"({has_code('codes', ABLATIONS)} OR coalesce(regexp_matches({WORDS}, '{ABLATION_WORDS}'), false))"


def own_or(export: str, standard: dict[str, str]) -> str:
    """Return SQL of an export's cells: what our own extension says, else what the standard element does."""
    cells = []
    for column in EXPORTS[export].column_names:
        if column != "patient_id":
            own, other = f"own['{export}:{column}']", standard.get(column)
            cells.append(f"{own if other is None else f'coalesce({own}, {other})'} AS {column}")
    return ", ".join(cells)


def make_lesions(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make the tables of lesions (BodyStructure), and of the size of lesions as it was measured."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_lesions AS SELECT k.key, "  # noqa: S608 (own names)
        f"coalesce({own_identifier('lesion_id')}, id, identifiers[1].value, {last_part('k.key')}) AS lesion_id, "
        f"own['rfa_sessions:segment'] AS segment FROM {table}_keys k JOIN {table} r USING (n) "
        f"WHERE k.resource = 'BodyStructure'"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_sizes AS SELECT n, lesion, procedures, moment, "  # noqa: S608
        f"{measured('q', MILLIMETRES)} AS size FROM (SELECT n, "
        f"unnest(list_transform(focus, lambda x: {target('x', 'key')})) AS lesion, "
        f"list_transform(partOf, lambda x: {target('x', 'key')}) AS procedures, {EFFECTIVE} AS moment, "
        f"coalesce({component(LONGEST)}.valueQuantity, valueQuantity) AS q "
        f"FROM {table} WHERE resource = 'Observation' AND state IS NULL AND list_contains(codes, '{TUMOUR_SIZE}'))"
    )


def sessions(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return SQL of the rows of procedures; those that are no ablation of the liver have no instrument."""
    listed = f"list_filter(extension, lambda e: lower(e.url) = '{TARGET.lower()}')"
    lesions = f"list_transform({listed}, lambda e: {target('e.valueReference', 'key')})"
    modality = {code: found for code, (found, _) in ABLATIONS.items() if found}
    approach = {code: found for code, (_, found) in ABLATIONS.items()}
    said = (
        f"CASE WHEN regexp_matches({WORDS}, '{RADIOFREQUENCY}') THEN 'rfa' "
        f"WHEN regexp_matches({WORDS}, '{MICROWAVE}') THEN 'mwa' END"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_treated AS SELECT n, unnest(range(greatest(len(lesions), 1))) AS sub, "  # noqa: S608
        f"key, unnest(CASE len(lesions) WHEN 0 THEN [NULL] ELSE lesions END) AS lesion, moment FROM ("
        f"SELECT n, key, coalesce({lesions}, []) AS lesions, {PERFORMED} AS moment FROM {table} "
        f"WHERE resource = 'Procedure')"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_treated_sizes AS SELECT t.n, t.lesion, "  # noqa: S608
        f"max_by(s.size, (coalesce(list_contains(s.procedures, t.key), false), coalesce(s.moment, ''), s.n)) AS size "
        f"FROM {table}_treated t JOIN {table}_sizes s ON s.lesion = t.lesion WHERE list_contains(s.procedures, t.key) "
        f"OR s.moment IS NULL OR {day('s.moment')} <= {day('t.moment')} GROUP BY ALL"
    )
    nowhere = "t.lesion IS NOT NULL AND l.key IS NULL" if has(con, table, "BodyStructure") else "false"
    standard = {
        "session_id": f"coalesce({own_identifier('session_id')}, {last_part(target('partOf[1]', 'r.key'))}, r.id, "
        f"{last_part('r.key')})",
        "session_date": day("t.moment"),
        "lesion_id": f"CASE WHEN {nowhere} THEN NULL ELSE coalesce(l.lesion_id, {last_part('t.lesion')}) END",
        "max_diameter_mm": "z.size",
        "segment": "l.segment",
        "modality": f"coalesce({looked_up('codes', modality)}, {said})",
        "approach": looked_up("codes", approach),
    }
    return (
        f"SELECT r.n, t.sub, CASE WHEN {is_ablation()} THEN 'rfa_sessions' END AS instrument, r.state, "  # noqa: S608
        f"{own_or('rfa_sessions', standard)}, {nowhere} AS is_nowhere FROM {table}_treated t JOIN {table} r USING (n) "
        f"LEFT JOIN {table}_lesions l ON l.key = t.lesion "
        f"LEFT JOIN {table}_treated_sizes z ON z.n = t.n AND z.lesion = t.lesion "
        f"WHERE own['treatments:treatment_id'] IS NULL"
    )


def treatments(table: str) -> str:
    """Return SQL of the rows of treatments, which our own export writes as procedures."""
    return (
        f"SELECT n, 0 AS sub, 'treatments' AS instrument, state, "  # noqa: S608 (own names)
        f"{own_or('treatments', {'start_date': day(PERFORMED)})}, false AS is_nowhere FROM {table} r "
        f"WHERE resource = 'Procedure' AND own['treatments:treatment_id'] IS NOT NULL"
    )


def exams(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return SQL of the rows of disease status: one for each lesion that an observation is about, or one of none."""
    studies = "list_concat(coalesce(partOf, []), coalesce(derivedFrom, []))"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_seen AS SELECT s.n, s.sub, s.study, "  # noqa: S608
        f"CASE WHEN c.n IS NULL THEN s.lesion END AS lesion FROM ("
        f"SELECT n, unnest(range(greatest(len(lesions), 1))) AS sub, "
        f"unnest(CASE len(lesions) WHEN 0 THEN [NULL] ELSE lesions END) AS lesion, studies[1] AS study FROM ("
        f"SELECT n, list_filter(list_transform(coalesce(focus, []), lambda x: {target('x', 'key')}), "
        f"lambda x: NOT starts_with(x, 'Condition/')) AS lesions, "
        f"list_transform({studies}, lambda x: {target('x', 'key')}) AS studies FROM {table} "
        f"WHERE resource = 'Observation' AND {has_code('codes', DISEASE_STATUS)})) s "
        f"LEFT JOIN {table}_keys c ON c.key = s.lesion AND c.resource = 'Condition'"
    )
    nowhere = "s.lesion IS NOT NULL AND l.key IS NULL" if has(con, table, "BodyStructure") else "false"
    modalities = 'list_transform(json_transform(i.modality, \'[{"code": "VARCHAR"}]\'), lambda c: c.code)'
    evidence = f"list_filter(r.extension, lambda e: e.url = '{EVIDENCE}')[1].valueCodeableConcept"
    value = "r.valueCodeableConcept"
    trend = f"CASE WHEN s.lesion IS NOT NULL THEN {looked_up(codes_of(value), STATUS_OF_LESION)} END"
    absent = "CASE WHEN s.lesion IS NOT NULL AND r.dataAbsentReason IS NOT NULL THEN 'not_assessed' END"
    standard = {
        "exam_id": f"CASE WHEN {nowhere} THEN NULL ELSE coalesce(i.id, r.id, {last_part('r.key')}) END",
        "exam_date": day(f"coalesce(i.started, {EFFECTIVE.replace('effective', 'r.effective')})"),
        "modality": f"coalesce({looked_up(modalities, EXAMS)}, {looked_up(codes_of('r.method'), EXAMS)}, "
        f"{looked_up(codes_of(evidence), EXAMS)})",
        "lesion_id": f"coalesce(l.lesion_id, {last_part('s.lesion')})",
        "lesion_status": f"CASE WHEN r.own['imaging_followups:exam_id'] IS NULL THEN coalesce({trend}, {absent}) "
        f"ELSE {own_code(value, 'lesion_status')} END",
    }
    return (
        f"SELECT r.n, s.sub, 'imaging_followups' AS instrument, r.state, "  # noqa: S608 (own names)
        f"{own_or('imaging_followups', standard).replace('own[', 'r.own[').replace('r.r.', 'r.')}, "
        f"{nowhere} AS is_nowhere "
        f"FROM {table}_seen s JOIN {table} r USING (n) LEFT JOIN {table}_lesions l ON l.key = s.lesion "
        f"LEFT JOIN {table}_keys k ON k.key = s.study AND k.resource = 'ImagingStudy' LEFT JOIN {table} i ON i.n = k.n"
    )


def patients(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return SQL of the rows of patients, with their ECOG status and CEA before the first ablation."""
    cea = measured("valueQuantity", NG_PER_ML)
    answers = f"coalesce(valueInteger, {looked_up(codes_of('valueCodeableConcept'), ECOG_ANSWER)}, valueQuantity.value)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_before AS WITH first AS ("  # noqa: S608 (own names)
        f"SELECT whom, min({day(PERFORMED)}) AS day FROM {table} WHERE resource = 'Procedure' AND state IS NULL "
        f"AND {is_ablation()} GROUP BY whom), "
        f"said AS (SELECT n, whom, {EFFECTIVE} AS moment, list_contains(codes, '{ECOG}') AS is_ecog, "
        f"CASE WHEN list_contains(codes, '{ECOG}') THEN {answers} ELSE {cea} END AS said "
        f"FROM {table} WHERE resource = 'Observation' AND state IS NULL AND {has_code('codes', (ECOG, CEA))}), "
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
        "birth_year": "birthDate[:4]",
        "vital_status": "CASE WHEN deceasedDateTime IS NOT NULL OR deceasedBoolean = 'true' THEN 'dead' "
        "WHEN deceasedBoolean = 'false' THEN 'alive' END",
        "death_date": day("deceasedDateTime"),
        "ecog": "b.ecog",
        "cea_ng_ml": "b.cea",
    }
    return (
        f"SELECT n, 0 AS sub, CASE WHEN own['patients:origin'] IS NULL THEN 'patients' END AS instrument, state, "  # noqa: S608
        f"{own_or('patients', standard)}, false AS is_nowhere FROM {table} r LEFT JOIN {table}_before b USING (n) "
        f"WHERE resource = 'Patient'"
    )
