-- title: Outcomes of lesions by centre
-- meaning: the input of analysis.service_outcomes: of each centre, the lesions whose primary efficacy is known, and those
--   of which LTP within 12 months is decided, with the lesions left out, by reason.
-- definition: primary efficacy: evaluable and not residual, of the lesions that are either (as in analysis.technique). LTP
--   within 12 months: LTP until then, of the lesions decided by then: with LTP, or seen without until the window of the
--   exam at 12 months. Only lesions count whose window of that exam had passed at the centre's newest imaging delivery,
--   because until then only those with LTP are decided
-- care: who dies or is lost within the year without LTP is not decided, so the share is not that of a survival curve
-- reads: derived.lesion_ltp, quality.lesion_followup
WITH lesion AS (
    SELECT
        l.site, l.is_evaluable, l.is_residual, l.ltp AND l.ltpfs_days <= one_year_days() AS has_ltp,
        l.ltpfs_days >= one_year_days() - exam_window_days() AS is_seen,
        coalesce(f.as_of_date - l.first_ablation_date > one_year_days() + exam_window_days(), false) AS is_due
    FROM derived.lesion_ltp l
    LEFT JOIN quality.lesion_followup f USING (site, patient_id, lesion_id)
)
SELECT
    site, count(*) AS n_lesions,
    count(*) FILTER (is_evaluable OR is_residual) AS n_judged,
    count(*) FILTER (is_evaluable AND NOT is_residual) AS n_effective,
    count(*) FILTER (NOT is_due) AS n_not_due,
    count(*) FILTER (is_due AND NOT is_evaluable) AS n_not_evaluable,
    count(*) FILTER (is_due AND is_evaluable AND (has_ltp OR is_seen)) AS n_decided,
    count(*) FILTER (is_due AND has_ltp) AS n_ltp
FROM lesion
GROUP BY site
ORDER BY site
