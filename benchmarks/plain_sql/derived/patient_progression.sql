-- title: The days that can end a patient's clocks
-- meaning: first LTP, first new liver lesion, first extrahepatic progression, death, and the exams up to which each is
--   known not to have occurred, each with the key of the row that shows it. One row per patient with an ablated lesion.
-- definition: decision 0014. LTP as in lesion_ltp. A liver exam is a contrast-enhanced CT or MR after the patient's
--   first ablation; a body exam is any CT, MR or PET-CT after it. A new liver lesion is new_liver_lesion = yes on a liver
--   exam, or a distant finding (more than 10 mm from the zone) in a qualifying row. Extrahepatic progression is
--   extrahepatic_progression = yes on a body exam
-- care: rows with an empty lesion_id count like any other; an empty flag is no finding
-- care: if several rows of one day qualify, the smallest exam_id is named, then the smallest lesion_id, an empty one first
-- reads: derived.lesion_ltp, derived.patient_ltpfs, clean.imaging_followups
WITH patient AS MATERIALIZED (
    SELECT site, patient_id, first_ablation_date, death_date, death_cause, row_number() OVER () AS patient_no
    FROM derived.patient_ltpfs
), local AS (
    SELECT
        site, patient_id,
        min({'day': ltp_date, 'exam_id': ltp_exam_id, 'lesion_id': lesion_id}) FILTER (ltp) AS ltp,
        min({'day': uncontrolled_ltp_date, 'exam_id': uncontrolled_ltp_exam_id, 'lesion_id': lesion_id})
            FILTER (uncontrolled_ltp_date IS NOT NULL) AS uncontrolled_ltp,
        min({'day': last_followup_date, 'exam_id': last_followup_exam_id, 'lesion_id': lesion_id})
            AS all_assessed_until,
        min({'days_before': DATE '3000-01-01' - last_followup_date, 'day': last_followup_date,
             'exam_id': last_followup_exam_id, 'lesion_id': lesion_id}) AS last_followup
    FROM derived.lesion_ltp
    WHERE is_evaluable
    GROUP BY site, patient_id
), body_exam AS MATERIALIZED (
    SELECT
        p.patient_no, i.exam_date, i.exam_id, i.lesion_id,
        coalesce(is_liver_exam(i.modality, i.contrast_enhanced), false) AS is_liver,
        coalesce(i.new_liver_lesion = 'yes', false) AS has_new_lesion,
        coalesce(says_viable(i.lesion_status) AND i.distance_to_zone_mm > ltp_reach_mm(), false) AS is_distant,
        coalesce(i.extrahepatic_progression = 'yes', false) AS is_extrahepatic
    FROM clean.imaging_followups i
    JOIN patient p USING (site, patient_id)
    WHERE i.modality IN ('ct', 'mr', 'pet_ct') AND i.exam_date > p.first_ablation_date
), distant AS (
    -- a row says something about a lesion only after that lesion's own first session
    SELECT e.patient_no, e.exam_date, e.exam_id, e.lesion_id
    FROM body_exam e
    JOIN patient p USING (patient_no)
    JOIN derived.lesion_ltp l ON l.site = p.site AND l.patient_id = p.patient_id AND l.lesion_id = e.lesion_id
    WHERE e.is_liver AND e.is_distant AND e.exam_date > l.first_ablation_date
), finding AS (
    SELECT patient_no, exam_date AS day, exam_id, lesion_id, 'new_liver' AS what
    FROM body_exam WHERE is_liver AND has_new_lesion
    UNION ALL
    SELECT patient_no, exam_date, exam_id, lesion_id, 'new_liver' FROM distant
    UNION ALL
    SELECT patient_no, exam_date, exam_id, lesion_id, 'extrahepatic' FROM body_exam WHERE is_extrahepatic
), found AS (
    SELECT
        patient_no,
        min({'day': day, 'exam_id': exam_id, 'lesion_id': coalesce(lesion_id, '')}) FILTER (what = 'new_liver')
            AS new_liver,
        min({'day': day, 'exam_id': exam_id, 'lesion_id': coalesce(lesion_id, '')}) FILTER (what = 'extrahepatic')
            AS extrahepatic
    FROM finding
    GROUP BY patient_no
), last_day AS (
    SELECT patient_no, max(exam_date) AS body, max(exam_date) FILTER (is_liver) AS liver
    FROM body_exam
    GROUP BY patient_no
), last_exam AS (
    SELECT
        patient_no,
        any_value(d.liver) AS liver_day,
        any_value(d.body) AS body_day,
        min({'exam_id': e.exam_id, 'lesion_id': coalesce(e.lesion_id, '')})
            FILTER (e.is_liver AND e.exam_date = d.liver) AS liver,
        min({'exam_id': e.exam_id, 'lesion_id': coalesce(e.lesion_id, '')}) FILTER (e.exam_date = d.body) AS body
    FROM body_exam e
    JOIN last_day d USING (patient_no)
    WHERE e.exam_date IN (d.liver, d.body)
    GROUP BY patient_no
)
SELECT
    p.site,
    p.patient_id,
    p.first_ablation_date,
    l.patient_id IS NOT NULL AS is_evaluable,
    l.ltp.day AS ltp_date,
    p.site || '|' || p.patient_id || '|' || l.ltp.exam_id || '|' || l.ltp.lesion_id AS ltp_key,
    l.uncontrolled_ltp.day AS uncontrolled_ltp_date,
    p.site || '|' || p.patient_id || '|' || l.uncontrolled_ltp.exam_id || '|' || l.uncontrolled_ltp.lesion_id
        AS uncontrolled_ltp_key,
    l.all_assessed_until.day AS all_assessed_until_date,
    p.site || '|' || p.patient_id || '|' || l.all_assessed_until.exam_id || '|' || l.all_assessed_until.lesion_id
        AS all_assessed_until_key,
    l.last_followup.day AS last_followup_date,
    p.site || '|' || p.patient_id || '|' || l.last_followup.exam_id || '|' || l.last_followup.lesion_id
        AS last_followup_key,
    f.new_liver.day AS new_liver_date,
    p.site || '|' || p.patient_id || '|' || f.new_liver.exam_id || '|' || f.new_liver.lesion_id AS new_liver_key,
    f.extrahepatic.day AS extrahepatic_date,
    p.site || '|' || p.patient_id || '|' || f.extrahepatic.exam_id || '|' || f.extrahepatic.lesion_id
        AS extrahepatic_key,
    e.liver_day AS last_liver_exam_date,
    p.site || '|' || p.patient_id || '|' || e.liver.exam_id || '|' || e.liver.lesion_id AS last_liver_exam_key,
    e.body_day AS last_body_exam_date,
    p.site || '|' || p.patient_id || '|' || e.body.exam_id || '|' || e.body.lesion_id AS last_body_exam_key,
    p.death_date,
    p.death_cause
FROM patient p
LEFT JOIN local l USING (site, patient_id)
LEFT JOIN found f USING (patient_no)
LEFT JOIN last_exam e USING (patient_no)
