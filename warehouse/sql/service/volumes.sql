-- title: Volumes of centres
-- meaning: the input of analysis.service_volumes: sessions, lesions and patients treated, of all together and by centre,
--   modality and quarter, and by operator if $by_operator; an empty text stands for all.
-- definition: a session counts in the quarter of its first day. Lesions and patients are counted once in each group, so
--   groups that share some add up to more than the whole: a lesion treated again in another quarter, a session with two
--   modalities, a patient with two operators
-- care: rows that are set aside are not counted; a lesion whose operator is not stated has the operator 'unknown'
-- reads: clean.rfa_sessions
WITH numbered AS (
    SELECT
        site, modality, coalesce(operator_id, 'unknown') AS operator_id,
        min(session_date) OVER (PARTITION BY site, patient_id, session_id) AS session_day,
        (dense_rank() OVER (ORDER BY site, patient_id))::INTEGER AS patient_no,
        (dense_rank() OVER (ORDER BY site, patient_id, session_id))::INTEGER AS session_no,
        (dense_rank() OVER (ORDER BY site, patient_id, lesion_id))::INTEGER AS lesion_no
    FROM clean.rfa_sessions
), treated AS MATERIALIZED (
    SELECT *, year(session_day) || '-Q' || quarter(session_day) AS session_quarter FROM numbered
), by_centre AS MATERIALIZED (
    SELECT
        site, modality, session_quarter, count(DISTINCT session_no) AS n_sessions,
        count(DISTINCT lesion_no) AS n_lesions, count(DISTINCT patient_no) AS n_patients
    FROM treated
    GROUP BY GROUPING SETS ((site), (site, modality), (site, session_quarter), (site, modality, session_quarter))
), by_operator AS (
    SELECT
        site, operator_id, modality, session_quarter, count(DISTINCT session_no) AS n_sessions,
        count(DISTINCT lesion_no) AS n_lesions, count(DISTINCT patient_no) AS n_patients
    FROM treated
    WHERE $by_operator
    GROUP BY GROUPING SETS (
        (site, operator_id), (site, operator_id, modality), (site, operator_id, session_quarter),
        (site, operator_id, modality, session_quarter)
    )
), everywhere AS (
    SELECT
        modality, session_quarter, sum(n_sessions)::BIGINT AS n_sessions, sum(n_lesions)::BIGINT AS n_lesions,
        sum(n_patients)::BIGINT AS n_patients
    FROM by_centre
    GROUP BY modality, session_quarter
), found AS (
    SELECT site, NULL AS operator_id, modality, session_quarter, n_sessions, n_lesions, n_patients FROM by_centre
    UNION ALL
    SELECT site, operator_id, modality, session_quarter, n_sessions, n_lesions, n_patients FROM by_operator
    UNION ALL
    SELECT NULL, NULL, modality, session_quarter, n_sessions, n_lesions, n_patients FROM everywhere
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM by_centre)
)
SELECT
    coalesce(site, '') AS site, coalesce(operator_id, '') AS operator_id, coalesce(modality, '') AS modality,
    coalesce(session_quarter, '') AS session_quarter, n_sessions, n_lesions, n_patients
FROM found
ORDER BY site, operator_id, modality, session_quarter
