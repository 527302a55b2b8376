-- title: What treatments beside the ablations say of each patient
-- meaning: whether systemic therapy was running at the first ablation, when it started after it, when treatment with
--   palliative intent followed a progression, when the last ablated area was removed, and since when the patient was
--   free of disease. One row per patient with an ablated lesion at a site that delivers treatments
-- definition: decision 0057. A therapy is running on a day if it began on it or before and has not stopped before it. An
--   area is removed by a liver transplant, or by a resection that names its lesion, after the lesion's first ablation and
--   before death. Disease-free: the first course (lesions first ablated within 56 days of the first) left every lesion
--   without viable tumour, it treated as many lesions as there were or a local treatment with curative intent took the
--   others, there was no extrahepatic disease, and neither progression nor palliative treatment came first
-- care: a therapy without a stop date counts as running, and a resection that names no lesion removes no ablated area
-- care: the exports do not hold a tumour board's decision; the first palliative treatment after progression stands for it
-- reads: work.with_treatments, clean.treatments, derived.patient_progression, derived.patient_ltpfs, derived.lesion_ltp
WITH patient AS MATERIALIZED (
    SELECT
        p.site, p.patient_id, p.first_ablation_date, p.is_evaluable, p.death_date,
        least(p.ltp_date, p.new_liver_date, p.extrahepatic_date) AS progression_date
    FROM derived.patient_progression p
    SEMI JOIN work.with_treatments w USING (site, patient_id)
), treatment AS MATERIALIZED (
    SELECT
        t.site, t.patient_id, t.treatment_id, t.kind, t.start_date, t.stop_date, t.lesion_id,
        t.intent, p.first_ablation_date, p.progression_date, p.is_evaluable,
        t.start_date > p.first_ablation_date AS is_after
    FROM clean.treatments t
    JOIN patient p USING (site, patient_id)
), told AS (
    SELECT
        site, patient_id,
        count(treatment_id)::INTEGER AS n_treatments,
        bool_or(kind = 'systemic' AND NOT is_after AND coalesce(stop_date >= first_ablation_date, true))
            AS is_on_systemic,
        min({'day': start_date, 'treatment_id': treatment_id}) FILTER (kind = 'systemic' AND is_after) AS systemic,
        min({'day': start_date, 'treatment_id': treatment_id}) FILTER (
            intent = 'palliative' AND kind IN ('systemic', 'sirt', 'tace', 'other') AND is_after AND is_evaluable
            AND start_date >= progression_date
        ) AS untreatable,
        min(start_date) FILTER (intent = 'palliative') AS palliative_date,
        bool_or(
            kind IN ('resection', 'ablation_elsewhere', 'sbrt') AND intent = 'curative' AND lesion_id IS NULL
            AND abs(start_date - first_ablation_date) <= course_days()
        ) AS has_local_treatment
    FROM treatment
    GROUP BY site, patient_id
), removal AS (
    SELECT
        l.site, l.patient_id, l.lesion_id,
        min({'day': t.start_date, 'treatment_id': t.treatment_id}) FILTER (
            (t.kind = 'transplant' OR (t.kind = 'resection' AND t.lesion_id = l.lesion_id))
            AND t.start_date > l.first_ablation_date
            AND t.start_date < coalesce(p.death_date, DATE '9999-12-31')
        ) AS earliest
    FROM derived.lesion_ltp l
    JOIN patient p USING (site, patient_id)
    LEFT JOIN treatment t USING (site, patient_id)
    WHERE l.is_evaluable
    GROUP BY l.site, l.patient_id, l.lesion_id
), removed AS (
    SELECT site, patient_id, max(earliest) AS latest
    FROM removal
    GROUP BY site, patient_id
    HAVING bool_and(earliest IS NOT NULL)
), course AS (
    SELECT
        l.site, l.patient_id,
        count(*) AS n_lesions,
        bool_and(l.is_evaluable) AS is_controlled,
        max(l.adequate_date) AS controlled_date
    FROM derived.lesion_ltp l
    JOIN patient p USING (site, patient_id)
    WHERE l.first_ablation_date <= p.first_ablation_date + course_days()
    GROUP BY l.site, l.patient_id
)
SELECT
    p.site,
    p.patient_id,
    coalesce(t.n_treatments, 0) AS n_treatments,
    coalesce(t.is_on_systemic, false) AS is_on_systemic,
    t.systemic.day AS systemic_date,
    p.site || '|' || p.patient_id || '|' || t.systemic.treatment_id AS systemic_key,
    t.untreatable.day AS untreatable_date,
    p.site || '|' || p.patient_id || '|' || t.untreatable.treatment_id AS untreatable_key,
    r.latest.day AS removed_date,
    p.site || '|' || p.patient_id || '|' || r.latest.treatment_id AS removed_key,
    CASE WHEN c.is_controlled AND q.extrahepatic_disease = 'no' AND q.n_clm_total IS NOT NULL
              AND (q.n_clm_total <= c.n_lesions OR coalesce(t.has_local_treatment, false))
              AND coalesce(t.palliative_date > c.controlled_date, true)
              AND coalesce(p.progression_date > c.controlled_date, true)
         THEN c.controlled_date END AS disease_free_date
FROM patient p
JOIN derived.patient_ltpfs q USING (site, patient_id)
JOIN course c USING (site, patient_id)
LEFT JOIN told t USING (site, patient_id)
LEFT JOIN removed r USING (site, patient_id)
