"""Reads a patient's timeline from a release: everything that is known, in the order in which it happened.

A release made before treatments could be delivered has no table of them.
"""

import duckdb

from warehouse.storage.connection import table_exists

TREATMENTS = """
    UNION ALL
    SELECT start_date, 'treatment', lesion_id,
           concat_ws(', ', kind, regimen, 'line ' || therapy_line, intent, 'until ' || stop_date), delivery, line
    FROM clean.treatments WHERE site = $site AND patient_id = $patient
"""
FLAGGED_TREATMENTS = """
        UNION ALL SELECT 'treatments', delivery, line, unnest(flags) FROM clean.treatments
        WHERE site = $site AND patient_id = $patient
"""
EVENTS = """
    SELECT session_date AS day, 'session' AS kind, lesion_id,
           concat_ws(', ', modality, max_diameter_mm || ' mm', 'segment ' || segment, approach) AS what, delivery, line
    FROM clean.rfa_sessions WHERE site = $site AND patient_id = $patient
    UNION ALL
    SELECT exam_date, 'exam', lesion_id,
           concat_ws(', ', modality, CASE contrast_enhanced WHEN 'yes' THEN 'contrast' WHEN 'no' THEN 'no contrast'
                                     ELSE 'contrast unknown' END,
                     lesion_status, distance_to_zone_mm || ' mm from the zone',
                     CASE WHEN new_liver_lesion = 'yes' THEN 'new liver lesion' END,
                     CASE WHEN extrahepatic_progression = 'yes' THEN 'extrahepatic progression' END),
           delivery, line
    FROM clean.imaging_followups WHERE site = $site AND patient_id = $patient
    UNION ALL
    SELECT specimen_date, 'specimen', NULL,
           concat_ws(', ', specimen_site, gene, result, variant_canonical, panel), delivery, line
    FROM clean.genotypes WHERE site = $site AND patient_id = $patient
    UNION ALL
    SELECT death_date, 'death', NULL, death_cause, delivery, line
    FROM clean.patients WHERE site = $site AND patient_id = $patient AND death_date IS NOT NULL
    UNION ALL
    SELECT last_contact_date, 'last contact', NULL, vital_status, delivery, line
    FROM clean.patients WHERE site = $site AND patient_id = $patient AND last_contact_date IS NOT NULL
    {treatments}
    ORDER BY day NULLS LAST, kind DESC, lesion_id, what
"""
LESIONS = """
    SELECT lesion_id, is_evaluable, is_residual, ltp, ltpfs_months, reason, deciding_delivery, deciding_line
    FROM derived.lesion_ltp WHERE site = $site AND patient_id = $patient ORDER BY lesion_id
"""
PATIENT = """
    SELECT g.*, p.n_lesions, p.n_evaluable_lesions, p.ltp, p.ltpfs_months, p.has_lesions_set_aside
    FROM derived.patient_ltpfs p JOIN derived.patient_genotype g USING (site, patient_id)
    WHERE site = $site AND patient_id = $patient
"""
ENDPOINTS = """
    SELECT endpoint, level, lesion_id, months, event, event_description, source_table, source_key, definition
    FROM derived.time_to_event WHERE site = $site AND patient_id = $patient ORDER BY level DESC, endpoint, lesion_id
"""
SET_ASIDE = """
    SELECT export, delivery, line, scope, rule_id, column_name, reason FROM quality.quarantine
    WHERE site = $site AND json_extract_string("row", '$.patient_id') = $patient
    ORDER BY export, delivery, line, rule_id
"""
FLAGGED = """
    WITH flagged AS (
        SELECT 'patients' AS export, delivery, line, unnest(flags) AS rule_id FROM clean.patients
        WHERE site = $site AND patient_id = $patient
        UNION ALL SELECT 'rfa_sessions', delivery, line, unnest(flags) FROM clean.rfa_sessions
        WHERE site = $site AND patient_id = $patient
        UNION ALL SELECT 'genotypes', delivery, line, unnest(flags) FROM clean.genotypes
        WHERE site = $site AND patient_id = $patient
        UNION ALL SELECT 'imaging_followups', delivery, line, unnest(flags) FROM clean.imaging_followups
        WHERE site = $site AND patient_id = $patient
    {treatments}
    ), sentences AS (SELECT rule_id, any_value(sentence) AS sentence FROM quality.results GROUP BY rule_id)
    SELECT export, delivery, line, rule_id, sentence FROM flagged LEFT JOIN sentences USING (rule_id)
    ORDER BY export, delivery, line, rule_id
"""


def read(con: duckdb.DuckDBPyConnection, site: str, patient_id: str) -> dict[str, list[dict]]:
    """Return events, lesions, patient, endpoints, set_aside and flagged as lists of rows; all empty for an unknown
    patient.
    """
    has_treatments = table_exists(con, "clean", "treatments")
    queries = {
        "events": EVENTS.format(treatments=TREATMENTS if has_treatments else ""),
        "lesions": LESIONS,
        "patient": PATIENT,
        "endpoints": ENDPOINTS,
        "set_aside": SET_ASIDE,
        "flagged": FLAGGED.format(treatments=FLAGGED_TREATMENTS if has_treatments else ""),
    }
    return {name: _rows(con, sql, {"site": site, "patient": patient_id}) for name, sql in queries.items()}


def _rows(con: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, str]) -> list[dict]:
    answer = con.execute(sql, parameters)
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
