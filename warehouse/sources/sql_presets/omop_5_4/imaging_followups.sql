-- One row for each status of a lesion that a MEASUREMENT gives as a modifier of an exam in PROCEDURE_OCCURRENCE. The lesion
-- is the status's by EPISODE_EVENT; a status without one is a finding outside the lesions.
SELECT
    s.care_site,
    s.patient_id,
    e.procedure_source_value AS exam_id,
    e.procedure_date AS exam_date,
    substr(k.term, length('imaging_followups.modality=') + 1) AS modality,
    l.lesion_id,
    i.value AS lesion_status,
    d.value AS distance_to_zone_mm,
    max(CASE WHEN a.term = 'imaging_followups.contrast_enhanced' THEN a.value END) AS contrast_enhanced,
    max(CASE WHEN a.term = 'imaging_followups.new_liver_lesion' THEN a.value END) AS new_liver_lesion,
    max(CASE WHEN a.term = 'imaging_followups.extrahepatic_progression' THEN a.value END) AS extrahepatic_progression
FROM event_attribute i
JOIN procedure_occurrence e ON e.procedure_occurrence_id = i.event_id
JOIN term k
    ON k.concept_id = coalesce(nullif(e.procedure_concept_id, 0), e.procedure_source_concept_id)
    AND position('imaging_followups.modality=' IN k.term) > 0
JOIN subject s ON s.person_id = e.person_id
LEFT JOIN event_lesion l ON l.event_id = i.measurement_id AND l.field = 'field.measurement'
LEFT JOIN event_attribute d
    ON d.event_id = i.measurement_id AND position('field.measurement' IN d.field) > 0
    AND position('imaging_followups.distance_to_zone_mm' IN d.term) > 0
LEFT JOIN event_attribute a ON a.event_id = e.procedure_occurrence_id AND a.field = 'field.procedure_occurrence'
WHERE position('imaging_followups.lesion_status' IN i.term) > 0 AND position('field.procedure_occurrence' IN i.field) > 0
GROUP BY
    s.care_site, s.patient_id, e.procedure_source_value, e.procedure_date, k.term, i.measurement_id, i.value, l.lesion_id,
    d.value
