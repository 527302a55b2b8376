-- One row for each person who has liver metastases in CONDITION_OCCURRENCE, or an ablation in PROCEDURE_OCCURRENCE.
SELECT
    s.care_site,
    s.patient_id,
    CASE s.gender_concept_id
        WHEN 8532 THEN 'female' WHEN 8507 THEN 'male' ELSE nullif(s.gender_source_value, '')
    END AS sex,
    nullif(s.year_of_birth, 0) AS birth_year,
    d.death_date,
    coalesce(max(CASE WHEN a.term = 'patients.death_cause' THEN a.value END), nullif(d.cause_source_value, ''))
        AS death_cause,
    max(CASE WHEN a.term = 'patients.primary_site' THEN a.value END) AS primary_site,
    max(CASE WHEN a.term = 'patients.node_positive_primary' THEN a.value END) AS node_positive_primary,
    max(CASE WHEN a.term = 'patients.clm_timing' THEN a.value END) AS clm_timing,
    max(CASE WHEN a.term = 'patients.dfi_months' THEN a.value END) AS dfi_months,
    max(CASE WHEN a.term = 'patients.cea_ng_ml' THEN a.value END) AS cea_ng_ml,
    max(CASE WHEN a.term = 'patients.n_clm_total' THEN a.value END) AS n_clm_total,
    max(CASE WHEN a.term = 'patients.extrahepatic_disease' THEN a.value END) AS extrahepatic_disease,
    max(CASE WHEN a.term = 'patients.prior_hepatectomy' THEN a.value END) AS prior_hepatectomy,
    max(CASE WHEN a.term = 'patients.prior_chemotherapy' THEN a.value END) AS prior_chemotherapy,
    max(CASE WHEN a.term = 'patients.ecog' THEN a.value END) AS ecog,
    max(CASE WHEN a.term = 'patients.vital_status' THEN a.value END) AS vital_status,
    max(CASE WHEN a.term = 'patients.last_contact_date' THEN a.value END) AS last_contact_date
FROM subject s
LEFT JOIN condition_occurrence o
    ON o.person_id = s.person_id
    AND coalesce(nullif(o.condition_concept_id, 0), o.condition_source_concept_id)
    IN (SELECT concept_id FROM term WHERE term = 'patients')
LEFT JOIN event_attribute a ON a.event_id = o.condition_occurrence_id AND a.field = 'field.condition_occurrence'
LEFT JOIN death d ON d.person_id = s.person_id
WHERE
    o.condition_occurrence_id IS NOT NULL
    OR EXISTS (
        SELECT 1 FROM procedure_occurrence e
        JOIN term k
            ON k.concept_id = coalesce(nullif(e.procedure_concept_id, 0), e.procedure_source_concept_id)
            AND position('rfa_sessions.modality=' IN k.term) > 0
        WHERE e.person_id = s.person_id
    )
GROUP BY
    s.care_site, s.person_id, s.patient_id, s.gender_concept_id, s.gender_source_value, s.year_of_birth, d.death_date,
    d.cause_source_value
