-- title: Imaging of each lesion against the expected schedule
-- meaning: which exams of the lesion were expected by the site's newest imaging delivery, and which of them took place.
--   One row per ablated lesion.
-- definition: exams are expected 1 month after the lesion's first ablation, then every 3 months to 24, every 6 to 60,
--   each within 30 days; the first qualifying exam is in time 14 to 84 days after the ablation. An exam is expected once
--   its window has ended before the newest extract date of the site's imaging, the death and the last contact (no clock
--   is read). It counts as done if a qualifying exam (contrast-enhanced CT or MR that assesses the lesion) is in the
--   window, as overdue if none has taken place since the window opened, otherwise as missed. Source: domain facts 3.2
--   (schedule) and 1.4 (14 to 84 days)
-- care: no exam is expected after a stated last contact, so a site that states it at the last visit has few overdue exams
-- reads: clean.lesions, quality.lesion_imaging, clean.patients, derived.last_known_alive, meta.loads
WITH schedule AS (
    SELECT round(month * days_per_month())::INTEGER AS day  -- as in quality.lesion_imaging, whose bits count its places
    FROM (SELECT unnest(exam_months()) AS month)
), delivered AS (
    SELECT site, max(extract_date) AS as_of_date
    FROM meta.loads WHERE export = 'imaging_followups' AND status = 'accepted'
    GROUP BY site
), lesion AS (
    SELECT
        l.site, l.patient_id, l.lesion_id, l.first_ablation_date, d.as_of_date, p.vital_status,
        CASE WHEN d.as_of_date IS NOT NULL THEN least(
            d.as_of_date - days_back(l.site, l.patient_id),
            p.death_date,
            -- later evidence of life outweighs a typed date of last contact; a death without a date ends observation there too
            CASE WHEN p.last_contact_date IS NOT NULL OR (p.vital_status = 'dead' AND p.death_date IS NULL)
                 THEN a.last_known_alive_date END
        ) END - l.first_ablation_date AS observed_days
    FROM clean.lesions l
    LEFT JOIN delivered d USING (site)
    LEFT JOIN clean.patients p USING (site, patient_id)
    LEFT JOIN derived.last_known_alive a USING (site, patient_id)
), passed AS (
    -- number of windows that have passed before each day after the ablation: looking it up by day takes half as long as
    -- building a list of days for each lesion
    SELECT list(n ORDER BY day) AS windows
    FROM (
        SELECT d.day, count(s.day) AS n
        FROM (SELECT unnest(range(2000)) AS day) d LEFT JOIN schedule s ON s.day + exam_window_days() < d.day
        GROUP BY d.day
    )
), judged AS (
    SELECT
        l.*, i.first_exam_day, i.last_exam_day, i.exam_windows, w.days,
        coalesce(p.windows[1 + least(greatest(l.observed_days, 0), 1999)], 0) AS n_expected,
        p.windows[1 + least(coalesce(i.last_exam_day, -1) + 2 * exam_window_days() + 1, 1999)] AS n_opened  -- windows that the last exam closes
    FROM lesion l
    JOIN quality.lesion_imaging i USING (site, patient_id, lesion_id)
    CROSS JOIN (SELECT list(day ORDER BY day) AS days FROM schedule) w
    CROSS JOIN passed p
)
SELECT
    site,
    patient_id,
    lesion_id,
    first_ablation_date,
    as_of_date,
    vital_status,
    first_ablation_date + first_exam_day AS first_exam_date,
    first_ablation_date + last_exam_day AS last_exam_date,
    CASE WHEN observed_days > first_exam_latest_days()
         THEN coalesce(first_exam_day BETWEEN first_exam_earliest_days() AND first_exam_latest_days(), false)
    END AS is_first_exam_in_time,
    n_expected::INTEGER AS n_exams_expected,
    bit_count(exam_windows & ((1 << n_expected) - 1))::INTEGER AS n_exams_in_window,
    greatest(n_expected - n_opened, 0)::INTEGER AS n_exams_overdue,
    (n_exams_expected - n_exams_in_window - n_exams_overdue)::INTEGER AS n_exams_missed,
    CASE WHEN n_exams_overdue > 0 THEN first_ablation_date + days[n_opened + 1] END AS overdue_since_date,
    n_exams_in_window AS n_exams_kept  -- deprecated
FROM judged
ORDER BY site  -- rows of one site stand together, where a delivery replaces them
