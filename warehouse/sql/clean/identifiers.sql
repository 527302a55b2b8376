-- title: Identifiers of each patient
-- meaning: how many identifiers of lesions, sessions, specimens, exams and treatments a patient has in current rows,
--   set aside or not, and how many of them look like another one (ID-02); looks is how the patient's own identifier
--   looks. One row per patient; the rows that name no patient count as those of patient ''.
-- definition: identifiers look the same if they differ only in case, in zero-width characters, in the kind of space, in
--   how a letter is composed, or in a letter of another alphabet that has the same shape. Wide East Asian forms count as
--   their narrow ones
-- reads: raw.patients_current, raw.rfa_sessions_current, raw.genotypes_current, raw.imaging_followups_current,
--   raw.treatments_current
WITH patient AS (
    SELECT DISTINCT site, patient_id FROM (
        SELECT site, patient_id FROM raw.patients_current
        UNION ALL SELECT site, patient_id FROM raw.rfa_sessions_current
        UNION ALL SELECT site, patient_id FROM raw.genotypes_current
        UNION ALL SELECT site, patient_id FROM raw.imaging_followups_current
        UNION ALL SELECT site, patient_id FROM raw.treatments_current
    )
), lesion AS (
    SELECT DISTINCT site, patient_id, lesion_id FROM (
        SELECT site, patient_id, lesion_id FROM raw.rfa_sessions_current
        UNION ALL SELECT site, patient_id, lesion_id FROM raw.imaging_followups_current
        UNION ALL SELECT site, patient_id, lesion_id FROM raw.treatments_current
    )
), named AS (
    SELECT site, patient_id, 'patient_id' AS aspect, patient_id AS id FROM patient
    UNION ALL SELECT site, patient_id, 'lesion_id', lesion_id FROM lesion
    UNION ALL SELECT DISTINCT site, patient_id, 'session_id', session_id FROM raw.rfa_sessions_current
    UNION ALL SELECT DISTINCT site, patient_id, 'specimen_id', specimen_id FROM raw.genotypes_current
    UNION ALL SELECT DISTINCT site, patient_id, 'exam_id', exam_id FROM raw.imaging_followups_current
    UNION ALL SELECT DISTINCT site, patient_id, 'treatment_id', treatment_id FROM raw.treatments_current
), drawn AS (
    SELECT site, coalesce(patient_id, '') AS patient_id, aspect, id,
           CASE WHEN regexp_full_match(id, '[\x{20}-\x{7e}]*') THEN lower(id)
                ELSE lower(translate(
                    nfc_normalize(regexp_replace(regexp_replace(id,
                        '[\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{180b}-\x{180f}\x{200b}-\x{200f}\x{2060}-\x{2064}\x{206a}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}]',
                        '', 'g'), '[\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]', ' ', 'g')),
                    'АВЕКМНОРСТУХаеорсухіІјЈѕЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧο０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ－‐‑‒–—−＿',
                    'ABEKMHOPCTYXaeopcyxiIjJsSABEZHIKMNOPTYXo0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-------_'))
           END AS looks
    FROM named
), alike AS (
    SELECT site, patient_id, aspect, looks, count(id) AS n_forms FROM drawn GROUP BY ALL
)
SELECT
    site,
    patient_id,
    max(looks) FILTER (aspect = 'patient_id') AS looks,
    (sum(n_forms) FILTER (aspect = 'lesion_id'))::INTEGER AS n_lesion_ids,
    (sum(n_forms) FILTER (aspect = 'lesion_id' AND n_forms > 1))::INTEGER AS n_lesion_ids_alike,
    (sum(n_forms) FILTER (aspect = 'session_id'))::INTEGER AS n_session_ids,
    (sum(n_forms) FILTER (aspect = 'session_id' AND n_forms > 1))::INTEGER AS n_session_ids_alike,
    (sum(n_forms) FILTER (aspect = 'specimen_id'))::INTEGER AS n_specimen_ids,
    (sum(n_forms) FILTER (aspect = 'specimen_id' AND n_forms > 1))::INTEGER AS n_specimen_ids_alike,
    (sum(n_forms) FILTER (aspect = 'exam_id'))::INTEGER AS n_exam_ids,
    (sum(n_forms) FILTER (aspect = 'exam_id' AND n_forms > 1))::INTEGER AS n_exam_ids_alike,
    (sum(n_forms) FILTER (aspect = 'treatment_id'))::INTEGER AS n_treatment_ids,
    (sum(n_forms) FILTER (aspect = 'treatment_id' AND n_forms > 1))::INTEGER AS n_treatment_ids_alike
FROM alike
GROUP BY site, patient_id
