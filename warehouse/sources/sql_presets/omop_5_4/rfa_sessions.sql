-- One row for each ablation in PROCEDURE_OCCURRENCE and each lesion that it belongs to by EPISODE_EVENT.
SELECT
    s.care_site,
    s.patient_id,
    e.procedure_source_value AS session_id,
    e.procedure_date AS session_date,
    l.lesion_id,
    substr(k.term, length('rfa_sessions.modality=') + 1) AS modality,
    max(CASE WHEN a.term = 'rfa_sessions.max_diameter_mm' THEN a.value END) AS max_diameter_mm,
    max(CASE WHEN a.term = 'rfa_sessions.segment' THEN a.value END) AS segment,
    max(CASE WHEN a.term = 'rfa_sessions.approach' THEN a.value END) AS approach,
    max(CASE WHEN a.term = 'rfa_sessions.guidance' THEN a.value END) AS guidance,
    max(CASE WHEN a.term = 'rfa_sessions.subcapsular' THEN a.value END) AS subcapsular,
    max(CASE WHEN a.term = 'rfa_sessions.perivascular' THEN a.value END) AS perivascular,
    max(CASE WHEN a.term = 'rfa_sessions.minimal_margin_mm' THEN a.value END) AS minimal_margin_mm,
    max(CASE WHEN a.term = 'rfa_sessions.margin_method' THEN a.value END) AS margin_method,
    max(CASE WHEN a.term = 'rfa_sessions.margin_software' THEN a.value END) AS margin_software,
    max(CASE WHEN a.term = 'rfa_sessions.margin_exam_date' THEN a.value END) AS margin_exam_date,
    max(CASE WHEN a.term = 'rfa_sessions.zone_long_mm' THEN a.value END) AS zone_long_mm,
    max(CASE WHEN a.term = 'rfa_sessions.zone_short_mm' THEN a.value END) AS zone_short_mm,
    max(CASE WHEN a.term = 'rfa_sessions.power_w' THEN a.value END) AS power_w,
    max(CASE WHEN a.term = 'rfa_sessions.time_min' THEN a.value END) AS time_min,
    max(CASE WHEN a.term = 'rfa_sessions.technical_success' THEN a.value END) AS technical_success,
    max(CASE WHEN a.term = 'rfa_sessions.complication_system' THEN a.value END) AS complication_system,
    max(CASE WHEN a.term = 'rfa_sessions.complication_grade' THEN a.value END) AS complication_grade,
    max(CASE WHEN a.term = 'rfa_sessions.referral_date' THEN a.value END) AS referral_date,
    max(CASE WHEN a.term = 'rfa_sessions.decision_date' THEN a.value END) AS decision_date,
    max(CASE WHEN a.term = 'rfa_sessions.operator_id' THEN a.value END) AS operator_id
FROM procedure_occurrence e
JOIN term k
    ON k.concept_id = coalesce(nullif(e.procedure_concept_id, 0), e.procedure_source_concept_id)
    AND position('rfa_sessions.modality=' IN k.term) > 0
JOIN subject s ON s.person_id = e.person_id
LEFT JOIN event_lesion l ON l.event_id = e.procedure_occurrence_id AND l.field = 'field.procedure_occurrence'
LEFT JOIN event_attribute a ON a.event_id = e.procedure_occurrence_id AND a.field = 'field.procedure_occurrence'
GROUP BY
    s.care_site, s.patient_id, e.procedure_occurrence_id, e.procedure_source_value, e.procedure_date, l.lesion_id, k.term
