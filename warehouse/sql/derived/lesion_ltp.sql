-- title: Local tumour progression of each ablated lesion
-- meaning: whether and when the lesion was shown to be free of viable tumour, and whether and when tumour came back
--   within 10 mm of the ablation zone after that. One row per ablated lesion.
-- definition: index study, after SIO/DATECAN-style terms: LTP needs an earlier adequate exam (contract section 5)
-- care: the date of LTP is the date of detection; the true onset lies after last_negative_date
-- reads: clean.lesions, clean.imaging_followups, clean.rfa_sessions
WITH lesion AS MATERIALIZED (
    -- number the lesions: grouping and joining by a number is several times faster than by the three key columns
    SELECT *, row_number() OVER () AS lesion_no FROM clean.lesions
), qualifying AS MATERIALIZED (
    SELECT
        l.lesion_no, i.exam_date, i.exam_id, i.delivery, i.line,
        says_viable(i.lesion_status) AND coalesce(i.distance_to_zone_mm <= ltp_reach_mm(), true) AS is_viable,
        i.lesion_status = 'no_viable' AS is_negative
    FROM clean.imaging_followups i
    JOIN lesion l USING (site, patient_id, lesion_id)
    WHERE is_qualifying(i.modality, i.contrast_enhanced, i.lesion_status, i.exam_date, l.first_ablation_date)
), qualifying_day AS MATERIALIZED (
    SELECT
        lesion_no, exam_date,
        bool_or(is_viable) AS is_viable,
        bool_or(is_negative) AND NOT bool_or(is_viable) AS is_negative
    FROM qualifying
    GROUP BY lesion_no, exam_date
), adequate AS (
    SELECT lesion_no, min(exam_date) FILTER (is_negative) AS adequate_date
    FROM qualifying_day
    GROUP BY lesion_no
), history AS MATERIALIZED (
    SELECT
        lesion_no,
        any_value(a.adequate_date) AS adequate_date,
        min(d.exam_date) FILTER (d.is_viable AND d.exam_date > a.adequate_date) AS ltp_date,
        coalesce(bool_or(d.is_viable AND (a.adequate_date IS NULL OR d.exam_date < a.adequate_date)), false)
            AS is_residual,
        min(d.exam_date) FILTER (d.is_viable) AS first_viable_date,
        max(d.exam_date) AS last_followup_date,
        CASE WHEN ltp_date IS NOT NULL THEN ltp_date
             WHEN any_value(a.adequate_date) IS NULL AND is_residual THEN first_viable_date
             ELSE last_followup_date END AS deciding_date
    FROM qualifying_day d
    JOIN adequate a USING (lesion_no)
    GROUP BY lesion_no
), deciding AS (
    SELECT
        lesion_no,
        min(q.exam_id) FILTER (q.is_negative AND q.exam_date = h.adequate_date) AS adequate_exam_id,
        -- the row that represents the day: viable before negative before distant, then the smallest exam_id
        min({'rank': CASE WHEN q.is_viable THEN 1 WHEN q.is_negative THEN 2 ELSE 3 END,
             'exam_id': q.exam_id, 'delivery': q.delivery, 'line': q.line})
            FILTER (q.exam_date = h.deciding_date) AS deciding_row,
        min({'rank': CASE WHEN q.is_viable THEN 1 WHEN q.is_negative THEN 2 ELSE 3 END, 'exam_id': q.exam_id})
            FILTER (q.exam_date = h.last_followup_date) AS last_row
    FROM qualifying q
    JOIN history h USING (lesion_no)
    WHERE q.exam_date IN (h.adequate_date, h.deciding_date, h.last_followup_date)
    GROUP BY lesion_no
), last_negative AS (
    SELECT lesion_no, max(d.exam_date) AS last_negative_date
    FROM qualifying_day d
    JOIN history h USING (lesion_no)
    WHERE d.is_negative AND d.exam_date < h.ltp_date
    GROUP BY lesion_no
), session AS MATERIALIZED (
    -- by itself: joined with `history` at once, the days may be compared before the lesions are, all with all
    SELECT lesion_no, s.session_date
    FROM clean.rfa_sessions s
    JOIN lesion l USING (site, patient_id, lesion_id)
), reablated AS MATERIALIZED (
    -- sessions on or after the day of LTP: few lesions have any
    SELECT lesion_no, s.session_date, h.ltp_date
    FROM session s
    JOIN history h USING (lesion_no)
    WHERE s.session_date >= h.ltp_date
), since_ltp AS (
    SELECT lesion_no, exam_date AS day, 1 AS place, CASE WHEN is_viable THEN 'viable' ELSE 'negative' END AS what
    FROM qualifying_day d
    JOIN (SELECT DISTINCT lesion_no, ltp_date FROM reablated) r USING (lesion_no)
    WHERE (is_viable OR is_negative) AND exam_date >= r.ltp_date
    UNION ALL
    SELECT lesion_no, session_date, 2, 'session' FROM reablated
), controlled AS (
    -- viable: LTP; session: LTP ablated again, keeping its day; negative: free again from the adequate exam after it on
    SELECT
        lesion_no,
        list_reduce(list({'day': day, 'what': what} ORDER BY day, place), lambda state, next: CASE
            WHEN state.what = 'viable' AND next.what = 'session' THEN {'day': state.day, 'what': 'session'}
            WHEN state.what = 'session' AND next.what = 'negative' THEN next
            WHEN state.what = 'negative' AND next.what = 'viable' THEN next
            ELSE state END) AS state
    FROM since_ltp
    GROUP BY lesion_no
), lost_control AS (
    SELECT
        lesion_no, h.ltp_date,
        CASE WHEN c.lesion_no IS NULL THEN h.ltp_date WHEN c.state.what <> 'negative' THEN c.state.day END
            AS uncontrolled_ltp_date
    FROM history h
    LEFT JOIN controlled c USING (lesion_no)
    WHERE h.ltp_date IS NOT NULL
), later_ltp_exam AS (
    SELECT lesion_no, min(q.exam_id) AS exam_id
    FROM lost_control
    JOIN qualifying q USING (lesion_no)
    WHERE uncontrolled_ltp_date > ltp_date AND q.exam_date = uncontrolled_ltp_date AND q.is_viable
    GROUP BY lesion_no
), decided AS (
    SELECT
        l.site, l.patient_id, l.lesion_id, l.first_ablation_date, l.n_sessions, l.max_diameter_mm,
        h.adequate_date, c.adequate_exam_id,
        h.adequate_date IS NOT NULL AS is_evaluable,
        coalesce(h.is_residual, false) AS is_residual,
        h.ltp_date,
        CASE WHEN h.ltp_date IS NOT NULL THEN c.deciding_row.exam_id END AS ltp_exam_id,
        n.last_negative_date,
        o.uncontrolled_ltp_date,
        CASE WHEN o.uncontrolled_ltp_date > h.ltp_date THEN e.exam_id
             WHEN o.uncontrolled_ltp_date IS NOT NULL THEN c.deciding_row.exam_id END AS uncontrolled_ltp_exam_id,
        h.last_followup_date,
        c.last_row.exam_id AS last_followup_exam_id,
        CASE WHEN c.lesion_no IS NOT NULL THEN c.deciding_row.delivery ELSE l.delivery END AS deciding_delivery,
        CASE WHEN c.lesion_no IS NOT NULL THEN c.deciding_row.line ELSE l.line END AS deciding_line
    FROM lesion l
    LEFT JOIN history h USING (lesion_no)
    LEFT JOIN deciding c USING (lesion_no)
    LEFT JOIN last_negative n USING (lesion_no)
    LEFT JOIN lost_control o USING (lesion_no)
    LEFT JOIN later_ltp_exam e USING (lesion_no)
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
    d.last_negative_date,
    d.uncontrolled_ltp_date,
    d.uncontrolled_ltp_exam_id,
    d.last_followup_date,
    d.last_followup_exam_id,
    CASE WHEN d.is_evaluable
         THEN (coalesce(d.ltp_date, d.last_followup_date) - d.first_ablation_date)::INTEGER END AS ltpfs_days,
    ltpfs_days / days_per_month() AS ltpfs_months,
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
    d.deciding_delivery,
    d.deciding_line
FROM decided d
