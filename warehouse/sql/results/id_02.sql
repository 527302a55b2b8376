-- title: ID-02
-- meaning: two identifiers of one site (or, unless they are patients' identifiers, of one patient) look the same. They
--   differ only in case, in zero-width characters, in the kind of space, in how a letter is composed, or in a
--   letter of another alphabet that has the same shape. Applies to every current row, including rows set aside, because one
--   of the two is often an orphan. Wide East Asian forms count as their narrow ones.
-- reads: raw.patients_current, raw.rfa_sessions_current, raw.genotypes_current, raw.imaging_followups_current
WITH named AS (
    SELECT DISTINCT 'patient_id' AS aspect, site, '' AS owner, patient_id AS id FROM raw.rfa_sessions_current
    UNION SELECT 'patient_id', site, '', patient_id FROM raw.patients_current
    UNION SELECT 'patient_id', site, '', patient_id FROM raw.genotypes_current
    UNION SELECT 'patient_id', site, '', patient_id FROM raw.imaging_followups_current
    UNION SELECT 'lesion_id', site, patient_id, lesion_id FROM raw.rfa_sessions_current
    UNION SELECT 'lesion_id', site, patient_id, lesion_id FROM raw.imaging_followups_current
    UNION SELECT 'session_id', site, patient_id, session_id FROM raw.rfa_sessions_current
    UNION SELECT 'specimen_id', site, patient_id, specimen_id FROM raw.genotypes_current
    UNION SELECT 'exam_id', site, patient_id, exam_id FROM raw.imaging_followups_current
), drawn AS (
    SELECT aspect, site, owner, id,
           CASE WHEN regexp_full_match(id, '[\x{20}-\x{7e}]*') THEN lower(id)
                ELSE lower(translate(
                    nfc_normalize(regexp_replace(regexp_replace(id,
                        '[\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{180b}-\x{180f}\x{200b}-\x{200f}\x{2060}-\x{2064}\x{206a}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}]',
                        '', 'g'), '[\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]', ' ', 'g')),
                    'АВЕКМНОРСТУХаеорсухіІјЈѕЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧο０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ－‐‑‒–—−＿',
                    'ABEKMHOPCTYXaeopcyxiIjJsSABEZHIKMNOPTYXo0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-------_'))
           END AS looks
    FROM named WHERE id IS NOT NULL
), alike AS (
    SELECT aspect, site, owner, looks, count(*) AS n_forms FROM drawn GROUP BY ALL
)
SELECT aspect, coalesce(sum(n_forms) FILTER (n_forms > 1), 0) AS n_violations, sum(n_forms) AS n_rows,
       CASE WHEN max(n_forms) > 1 THEN 'Sites: ' || string_agg(DISTINCT site, ', ' ORDER BY site) FILTER (n_forms > 1)
            ELSE '' END AS note
FROM alike GROUP BY aspect ORDER BY aspect
