-- title: ID-02
-- meaning: two identifiers of one site (or, unless they are patients' identifiers, of one patient) look the same. They
--   differ only in case, in zero-width characters, in the kind of space, in how a letter is composed, or in a
--   letter of another alphabet that has the same shape. Applies to every current row, including rows set aside, because one
--   of the two is often an orphan. Wide East Asian forms count as their narrow ones.
-- reads: work.identifiers
WITH patient AS (
    SELECT site, looks, count(*) AS n_forms FROM work.identifiers WHERE looks IS NOT NULL GROUP BY site, looks
), counted AS (
    SELECT 'patient_id' AS aspect, site, n_forms AS n_ids, CASE WHEN n_forms > 1 THEN n_forms END AS n_alike FROM patient
    UNION ALL SELECT 'lesion_id', site, n_lesion_ids, n_lesion_ids_alike FROM work.identifiers
    UNION ALL SELECT 'session_id', site, n_session_ids, n_session_ids_alike FROM work.identifiers
    UNION ALL SELECT 'specimen_id', site, n_specimen_ids, n_specimen_ids_alike FROM work.identifiers
    UNION ALL SELECT 'exam_id', site, n_exam_ids, n_exam_ids_alike FROM work.identifiers
    UNION ALL SELECT 'treatment_id', site, n_treatment_ids, n_treatment_ids_alike FROM work.identifiers
)
SELECT aspect, coalesce(sum(n_alike), 0) AS n_violations, sum(n_ids) AS n_rows,
       CASE WHEN count(n_alike) > 0 THEN 'Sites: ' || string_agg(DISTINCT site, ', ' ORDER BY site) FILTER (n_alike > 0)
            ELSE '' END AS note
FROM counted WHERE n_ids > 0 GROUP BY aspect ORDER BY aspect
