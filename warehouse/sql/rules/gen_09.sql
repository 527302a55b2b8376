-- title: GEN-09
-- meaning: MSI and MMR of the patient contradict each other (msi_high with proficient, mss with deficient), or one
--   specimen has two results for MSI, for MMR or for an amplification, or two figures of TMB. The rows involved are
--   flagged.
WITH stated AS (
    SELECT row_id, site, patient_id, specimen_id, marker_of(gene) AS marker, result, tmb_per_mb
    FROM clean.genotypes
    WHERE result IN ('amplified', 'not_amplified', 'msi_high', 'msi_low', 'mss', 'deficient', 'proficient', 'measured')
), patient AS (
    SELECT
        site, patient_id,
        bool_or(result = 'msi_high') AS is_high, bool_or(result = 'mss') AS is_stable,
        bool_or(result = 'deficient') AS is_deficient, bool_or(result = 'proficient') AS is_proficient
    FROM stated GROUP BY site, patient_id
), twice AS (
    SELECT site, patient_id, specimen_id, marker FROM stated GROUP BY ALL
    HAVING count(DISTINCT result) > 1 OR count(DISTINCT tmb_per_mb) > 1
)
SELECT s.row_id, 'result' AS column_name
FROM stated s JOIN patient p USING (site, patient_id)
WHERE (p.is_high AND p.is_proficient AND s.result IN ('msi_high', 'proficient'))
   OR (p.is_stable AND p.is_deficient AND s.result IN ('mss', 'deficient'))
UNION
SELECT s.row_id, 'result' FROM stated s SEMI JOIN twice t USING (site, patient_id, specimen_id, marker)
