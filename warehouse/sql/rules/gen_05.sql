-- title: GEN-05
-- meaning: KRAS and NRAS are both mutant, RAS is mutant together with BRAF V600E, two specimens of the patient
--   disagree on a gene, or one specimen is reported both mutant and wild type (by an amendment, for example). The rows
--   involved are flagged.
WITH conclusive AS (
    SELECT row_id, site, patient_id, gene, result, specimen_id, braf_class
    FROM clean.genotypes WHERE gene IN ('KRAS', 'NRAS', 'BRAF') AND result IN ('mutant', 'wild_type', 'vus')
), patient AS (
    SELECT site, patient_id,
           bool_or(gene = 'KRAS' AND result = 'mutant') AS is_kras, bool_or(gene = 'NRAS' AND result = 'mutant') AS is_nras,
           bool_or(gene = 'BRAF' AND result = 'mutant' AND braf_class = 'V600E') AS is_v600e
    FROM conclusive GROUP BY ALL
), specimen AS (
    SELECT site, patient_id, gene, specimen_id, bool_or(result = 'mutant') AS is_mutant FROM conclusive GROUP BY ALL
), disagreement AS (
    SELECT site, patient_id, gene FROM specimen GROUP BY ALL HAVING bool_or(is_mutant) AND NOT bool_and(is_mutant)
), contradiction AS (
    SELECT site, patient_id, gene, specimen_id FROM conclusive GROUP BY ALL
    HAVING bool_or(result = 'mutant') AND bool_or(result = 'wild_type')
)
SELECT c.row_id, 'result' AS column_name
FROM conclusive c JOIN patient p USING (site, patient_id)
WHERE c.result = 'mutant'
  AND ((p.is_kras AND p.is_nras AND c.gene IN ('KRAS', 'NRAS'))
       OR ((p.is_kras OR p.is_nras) AND p.is_v600e AND (c.gene IN ('KRAS', 'NRAS') OR c.braf_class = 'V600E')))
UNION
SELECT c.row_id, 'result' FROM conclusive c SEMI JOIN disagreement d USING (site, patient_id, gene)
UNION
SELECT c.row_id, 'result' FROM conclusive c SEMI JOIN contradiction x USING (site, patient_id, gene, specimen_id)
WHERE c.result IN ('mutant', 'wild_type')
