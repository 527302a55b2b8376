-- title: Local tumour progression of each ablated lesion
-- meaning: whether and when the lesion was shown free of viable tumour, and whether and when tumour came back within
--   10 mm of the ablation zone after that. One row per ablated lesion.
-- definition: index study, after SIO/DATECAN-style terms: LTP needs an earlier adequate exam (contract section 5)
-- care: the date of LTP is the date of detection; the true onset lies after last_negative_date
-- reads: clean.lesions, clean.imaging_followups
WITH qualifying AS (
    SELECT
        i.site, i.patient_id, i.lesion_id, i.exam_date, i.exam_id, i.delivery, i.line,
        i.lesion_status IN ('residual', 'ltp', 'viable')
            AND coalesce(i.distance_to_zone_mm <= 10, true) AS is_viable,
        i.lesion_status = 'no_viable' AS is_negative
    FROM clean.imaging_followups i
    JOIN clean.lesions l USING (site, patient_id, lesion_id)
    WHERE i.modality IN ('ct', 'mr')
      AND i.contrast_enhanced = 'yes'
      AND i.lesion_status IN ('no_viable', 'residual', 'ltp', 'viable')
      AND i.exam_date > l.first_ablation_date
), qualifying_day AS (
    SELECT
        site, patient_id, lesion_id, exam_date,
        bool_or(is_viable) AS is_viable,
        bool_or(is_negative) AND NOT bool_or(is_viable) AS is_negative,
        -- the row that speaks for the day: of its class, the one with the smallest exam_id
        min({'exam_id': exam_id, 'delivery': delivery, 'line': line}) FILTER (is_viable) AS viable_row,
        min({'exam_id': exam_id, 'delivery': delivery, 'line': line}) FILTER (is_negative) AS negative_row,
        min({'exam_id': exam_id, 'delivery': delivery, 'line': line}) AS any_row
    FROM qualifying
    GROUP BY site, patient_id, lesion_id, exam_date
), adequate AS (
    SELECT site, patient_id, lesion_id, min(exam_date) AS adequate_date
    FROM qualifying_day WHERE is_negative
    GROUP BY site, patient_id, lesion_id
), history AS (
    SELECT
        d.site, d.patient_id, d.lesion_id,
        any_value(a.adequate_date) AS adequate_date,
        min(d.exam_date) FILTER (d.is_viable AND d.exam_date > a.adequate_date) AS ltp_date,
        coalesce(bool_or(d.is_viable AND (a.adequate_date IS NULL OR d.exam_date < a.adequate_date)), false)
            AS is_residual,
        max(d.exam_date) AS last_followup_date,
        arg_min(coalesce(d.viable_row, d.any_row), d.exam_date) FILTER (d.is_viable) AS first_viable_row,
        arg_max(coalesce(d.viable_row, d.negative_row, d.any_row), d.exam_date) AS last_row
    FROM qualifying_day d
    LEFT JOIN adequate a USING (site, patient_id, lesion_id)
    GROUP BY d.site, d.patient_id, d.lesion_id
), decided AS (
    SELECT
        l.site, l.patient_id, l.lesion_id, l.first_ablation_date, l.n_sessions, l.max_diameter_mm,
        h.adequate_date, a.negative_row.exam_id AS adequate_exam_id,
        h.adequate_date IS NOT NULL AS is_evaluable,
        coalesce(h.is_residual, false) AS is_residual,
        h.ltp_date, t.viable_row.exam_id AS ltp_exam_id,
        h.last_followup_date,
        CASE WHEN h.ltp_date IS NOT NULL THEN t.viable_row
             WHEN h.adequate_date IS NULL AND h.is_residual THEN h.first_viable_row
             WHEN h.last_row IS NOT NULL THEN h.last_row
             ELSE {'exam_id': NULL, 'delivery': l.delivery, 'line': l.line} END AS deciding_row
    FROM clean.lesions l
    LEFT JOIN history h USING (site, patient_id, lesion_id)
    LEFT JOIN qualifying_day a
      ON a.site = h.site AND a.patient_id = h.patient_id AND a.lesion_id = h.lesion_id
     AND a.exam_date = h.adequate_date
    LEFT JOIN qualifying_day t
      ON t.site = h.site AND t.patient_id = h.patient_id AND t.lesion_id = h.lesion_id AND t.exam_date = h.ltp_date
), last_negative AS (
    SELECT d.site, d.patient_id, d.lesion_id, max(d.exam_date) AS last_negative_date
    FROM qualifying_day d
    JOIN history h USING (site, patient_id, lesion_id)
    WHERE d.is_negative AND d.exam_date < h.ltp_date
    GROUP BY d.site, d.patient_id, d.lesion_id
)
SELECT
    d.site,
    d.patient_id,
    d.lesion_id,
    d.first_ablation_date,
    d.n_sessions,
    d.max_diameter_mm,
    d.adequate_date,
    d.adequate_exam_id,
    d.is_evaluable,
    d.is_residual,
    CASE WHEN d.is_evaluable THEN d.ltp_date IS NOT NULL END AS ltp,
    d.ltp_date,
    d.ltp_exam_id,
    n.last_negative_date,
    d.last_followup_date,
    CASE WHEN d.is_evaluable
         THEN (coalesce(d.ltp_date, d.last_followup_date) - d.first_ablation_date)::INTEGER END AS ltpfs_days,
    ltpfs_days / 30.4375 AS ltpfs_months,
    CASE
        WHEN d.ltp_date IS NOT NULL AND d.is_residual
            THEN 'Residual tumour was treated, an adequate exam followed, and viable tumour came back at the zone: LTP.'
        WHEN d.ltp_date IS NOT NULL
            THEN 'Viable tumour at the zone after an adequate exam: LTP.'
        WHEN d.is_evaluable AND d.is_residual
            THEN 'Residual tumour before the first adequate exam, no viable tumour at the zone after it: censored at the last qualifying exam.'
        WHEN d.is_evaluable
            THEN 'No viable tumour at the zone since the first adequate exam: censored at the last qualifying exam.'
        WHEN d.is_residual
            THEN 'Viable tumour and never an adequate exam: residual, not evaluable for LTP.'
        WHEN d.last_followup_date IS NOT NULL
            THEN 'Qualifying exams show only tumour away from the zone: no adequate exam, not evaluable.'
        ELSE 'No qualifying exam (contrast-enhanced CT or MR that assesses the lesion, after the ablation): not evaluable.'
    END AS reason,
    d.deciding_row.delivery AS deciding_delivery,
    d.deciding_row.line AS deciding_line
FROM decided d
LEFT JOIN last_negative n USING (site, patient_id, lesion_id)
