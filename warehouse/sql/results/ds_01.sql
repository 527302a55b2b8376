-- title: DS-01 by site
-- meaning: what the endpoints and their analyses need is not known: genotypes of patients with a session, the margin of
--   lesions, the last contact or death of patients. Of each site; for all sites together an expectation says it.
-- reads: derived.patient_genotype, clean.lesions, derived.patient_ltpfs
WITH genotype AS (
    SELECT
        site, count(*) FILTER (kras = 'unknown') AS kras, count(*) FILTER (nras = 'unknown') AS nras,
        count(*) FILTER (braf = 'unknown') AS braf, count(*) AS n_rows
    FROM derived.patient_genotype GROUP BY site
), margin AS (
    SELECT site, count(*) - count(minimal_margin_mm) AS n_violations, count(*) AS n_rows FROM clean.lesions GROUP BY site
), contact AS (
    SELECT site, count(*) - count(coalesce(last_contact_date, death_date)) AS n_violations, count(*) AS n_rows
    FROM derived.patient_ltpfs GROUP BY site
)
SELECT site, 'KRAS known' AS aspect, kras AS n_violations, n_rows, '' AS note FROM genotype
UNION ALL SELECT site, 'NRAS known', nras, n_rows, '' FROM genotype
UNION ALL SELECT site, 'BRAF known', braf, n_rows, '' FROM genotype
UNION ALL SELECT site, 'margin known', n_violations, n_rows, '' FROM margin
UNION ALL SELECT site, 'last contact known', n_violations, n_rows, '' FROM contact
