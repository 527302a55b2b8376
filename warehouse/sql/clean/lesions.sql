-- title: Ablated lesions
-- meaning: one row per lesion, described as of its first session.
-- definition: the first session is that of the earliest session_date; of several rows on that day, the one with the
--   largest diameter describes the lesion
-- reads: clean.rfa_sessions
SELECT
    site,
    patient_id,
    lesion_id,
    min(session_date) AS first_ablation_date,
    count(DISTINCT session_id)::INTEGER AS n_sessions,
    first(max_diameter_mm ORDER BY session_date, max_diameter_mm DESC, session_id) AS max_diameter_mm,
    first(segment ORDER BY session_date, max_diameter_mm DESC, session_id) AS segment,
    first(modality ORDER BY session_date, max_diameter_mm DESC, session_id) AS modality,
    first(approach ORDER BY session_date, max_diameter_mm DESC, session_id) AS approach,
    first(subcapsular ORDER BY session_date, max_diameter_mm DESC, session_id) AS subcapsular,
    first(perivascular ORDER BY session_date, max_diameter_mm DESC, session_id) AS perivascular,
    first(minimal_margin_mm ORDER BY session_date, max_diameter_mm DESC, session_id) AS minimal_margin_mm,
    first(margin_method ORDER BY session_date, max_diameter_mm DESC, session_id) AS margin_method,
    first(margin_software ORDER BY session_date, max_diameter_mm DESC, session_id) AS margin_software,
    first(zone_short_mm ORDER BY session_date, max_diameter_mm DESC, session_id) AS zone_short_mm,
    first(delivery ORDER BY session_date, max_diameter_mm DESC, session_id) AS delivery,
    first(line ORDER BY session_date, max_diameter_mm DESC, session_id) AS line
FROM clean.rfa_sessions
GROUP BY site, patient_id, lesion_id
