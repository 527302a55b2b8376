-- title: Volumes of centres
-- meaning: the input of analysis.service_volumes: sessions, lesions and patients treated, of all together and by centre,
--   operator, modality and quarter; an empty text stands for all.
-- definition: a session counts in the quarter of its first day. Lesions and patients are counted once in each group, so
--   groups that share some add up to more than the whole: a lesion treated again in another quarter, a session with two
--   modalities, a patient with two operators
-- care: rows that are set aside are not counted; a lesion whose operator is not stated has the operator 'unknown'
-- reads: clean.rfa_sessions
WITH numbered AS (
    SELECT
        site, modality, coalesce(operator_id, 'unknown') AS operator_id,
        min(session_date) OVER (PARTITION BY site, patient_id, session_id) AS session_day,
        dense_rank() OVER (ORDER BY site, patient_id) AS patient_no,
        dense_rank() OVER (ORDER BY site, patient_id, session_id) AS session_no,
        dense_rank() OVER (ORDER BY site, patient_id, lesion_id) AS lesion_no
    FROM clean.rfa_sessions
), treated AS (
    SELECT *, year(session_day) || '-Q' || quarter(session_day) AS session_quarter FROM numbered
)
SELECT
    coalesce(site, '') AS site, coalesce(operator_id, '') AS operator_id, coalesce(modality, '') AS modality,
    coalesce(session_quarter, '') AS session_quarter, count(DISTINCT session_no) AS n_sessions,
    count(DISTINCT lesion_no) AS n_lesions, count(DISTINCT patient_no) AS n_patients
FROM treated
GROUP BY GROUPING SETS (
    (), (modality), (session_quarter), (modality, session_quarter),
    (site), (site, modality), (site, session_quarter), (site, modality, session_quarter),
    (site, operator_id), (site, operator_id, modality), (site, operator_id, session_quarter),
    (site, operator_id, modality, session_quarter)
)
ORDER BY site, operator_id, modality, session_quarter
