-- title: Disease-free survival
-- meaning: How long a patient whom the first course rendered free of disease lives without recurrence.
-- definition: DFS v1
-- event: LTP, a new liver lesion, extrahepatic progression, or death from any cause
-- competing: none
-- censoring: the last CT, MR or PET-CT
-- clock: days from the exam that showed the last lesion of the first course without viable tumour
-- source: SIO/DATECAN-style
-- care: only patients rendered disease-free have a row (derived.patient_treatments). The clock starts when that is
--   known: from the first ablation on, the time until then would be survived by definition
-- care: the exports do not say whether the primary was removed
-- reads: derived.patient_treatments, derived.patient_progression
SELECT
    site, 'DFS' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    disease_free_date AS start_date,
    coalesce(first_date, death_date, last_body_exam_date) AS end_date,
    (first_date IS NOT NULL OR death_date IS NOT NULL)::INTEGER AS event,
    ended_by AS event_description,
    CASE WHEN first_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END
        AS source_table,
    CASE WHEN ended_by = 'LTP' THEN ltp_key
         WHEN ended_by = 'new liver lesion' THEN new_liver_key
         WHEN ended_by = 'extrahepatic progression' THEN extrahepatic_key
         WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE last_body_exam_key END AS source_key,
    'DFS v1' AS definition
FROM (
    SELECT
        p.*,
        t.disease_free_date,
        least(p.ltp_date, p.new_liver_date, p.extrahepatic_date) AS first_date,
        CASE WHEN p.ltp_date = first_date THEN 'LTP'
             WHEN p.new_liver_date = first_date THEN 'new liver lesion'
             WHEN p.extrahepatic_date = first_date THEN 'extrahepatic progression'
             WHEN p.death_date IS NOT NULL THEN 'death without recurrence'
             ELSE 'censored at the last CT, MR or PET-CT' END AS ended_by
    FROM derived.patient_treatments t
    JOIN derived.patient_progression p USING (site, patient_id)
    WHERE t.disease_free_date IS NOT NULL
)
