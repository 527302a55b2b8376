-- title: Sessions by severity of their complications
-- meaning: the input of analysis.service_outcomes: of each centre and scale, the sessions graded in that scale
--   (n_graded), those with a major complication, those with a complication of which the grade does not say whether it is
--   (n_open), and all sessions of the centre, and those that state nothing (n_silent).
-- definition: severities says of each pair of scale and grade what it means (analysis/service/severity.py). A session is
--   major if any of its rows is; open if none is and one of them is open
-- reads: clean.rfa_sessions, severities
WITH stated AS (
    SELECT s.site, s.patient_id, s.session_id, v.scale, v.severity
    FROM clean.rfa_sessions s
    LEFT JOIN severities v
        ON v.complication_system IS NOT DISTINCT FROM s.complication_system
        AND v.complication_grade IS NOT DISTINCT FROM s.complication_grade
), by_session AS (
    SELECT site, patient_id, session_id, count(scale) > 0 AS is_stated FROM stated GROUP BY ALL
), by_site AS (
    SELECT site, count(*) AS n_sessions, count(*) FILTER (NOT is_stated) AS n_silent FROM by_session GROUP BY site
), graded AS (
    SELECT
        site, patient_id, session_id, scale, bool_or(severity = 'major') AS is_major,
        bool_or(severity = 'open') AS is_open
    FROM stated WHERE scale IS NOT NULL
    GROUP BY ALL
), by_scale AS (
    SELECT
        site, scale, count(*) AS n_graded, count(*) FILTER (is_major) AS n_major,
        count(*) FILTER (is_open AND NOT is_major) AS n_open
    FROM graded
    GROUP BY site, scale
), scales AS (
    SELECT DISTINCT scale FROM by_scale
)
SELECT
    t.site, c.scale AS complication_system, t.n_sessions, t.n_silent, coalesce(s.n_graded, 0) AS n_graded,
    coalesce(s.n_major, 0) AS n_major, coalesce(s.n_open, 0) AS n_open
FROM by_site t
CROSS JOIN scales c
LEFT JOIN by_scale s USING (site, scale)
ORDER BY complication_system, t.site
