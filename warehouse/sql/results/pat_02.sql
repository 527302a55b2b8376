-- title: PAT-02
-- meaning: another patient of the site has the same sex and birth year, and a first session within 3 days. Applies to
--   patients whose sex and birth year are known. Of all sites (site null) and of each.
-- reads: clean.patients, clean.rfa_sessions
WITH treated AS (
    SELECT site, patient_id, min(session_date) AS first_session FROM clean.rfa_sessions GROUP BY site, patient_id
), person AS (
    SELECT p.site, p.patient_id, p.sex, p.birth_year,
        t.first_session + days_back(p.site, p.patient_id) AS first_session
    FROM clean.patients p JOIN treated t USING (site, patient_id)
    WHERE p.sex IN ('female', 'male', 'other') AND p.birth_year IS NOT NULL
), near AS (
    SELECT *, first_session - lag(first_session) OVER w AS days_before, lead(first_session) OVER w - first_session
        AS days_after
    FROM person WINDOW w AS (PARTITION BY site, sex, birth_year ORDER BY first_session, patient_id)
)
SELECT
    site, '' AS aspect,
    count(*) FILTER (days_before <= same_patient_days() OR days_after <= same_patient_days()) AS n_violations,
    count(*) AS n_rows, '' AS note
FROM near
GROUP BY GROUPING SETS ((), (site))
