-- One row for each treatment beside the ablations in PROCEDURE_OCCURRENCE.
SELECT
    s.care_site,
    s.patient_id,
    e.procedure_source_value AS treatment_id,
    substr(k.term, length('treatments.kind=') + 1) AS kind,
    e.procedure_date AS start_date,
    e.procedure_end_date AS stop_date,
    l.lesion_id,
    max(CASE WHEN a.term = 'treatments.regimen' THEN a.value END) AS regimen,
    max(CASE WHEN a.term = 'treatments.therapy_line' THEN a.value END) AS therapy_line,
    max(CASE WHEN a.term = 'treatments.intent' THEN a.value END) AS intent
FROM procedure_occurrence e
JOIN term k
    ON k.concept_id = coalesce(nullif(e.procedure_concept_id, 0), e.procedure_source_concept_id)
    AND position('treatments.kind=' IN k.term) > 0
JOIN subject s ON s.person_id = e.person_id
LEFT JOIN event_lesion l ON l.event_id = e.procedure_occurrence_id AND l.field = 'field.procedure_occurrence'
LEFT JOIN event_attribute a ON a.event_id = e.procedure_occurrence_id AND a.field = 'field.procedure_occurrence'
GROUP BY
    s.care_site, s.patient_id, e.procedure_occurrence_id, e.procedure_source_value, e.procedure_date,
    e.procedure_end_date, l.lesion_id, k.term
