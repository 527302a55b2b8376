-- title: GEN-04
-- meaning: RAS is wild type without extended coverage of KRAS and NRAS. Applies to patients whose RAS is wild type. Of
--   all sites (site null) and of each.
-- reads: derived.patient_genotype
SELECT
    site, '' AS aspect, count(*) FILTER (ras_extended = 'unknown') AS n_violations, count(*) AS n_rows, '' AS note
FROM derived.patient_genotype
WHERE ras = 'wild_type'
GROUP BY GROUPING SETS ((), (site))
