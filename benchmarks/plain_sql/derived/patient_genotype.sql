-- title: KRAS, NRAS and BRAF of each patient
-- meaning: three-valued status per gene from the best specimen; wild type is never assumed. One row per patient
--   with a session.
-- definition: contract section 5. Per gene: conclusive specimens (mutant, wild_type, vus) ranked by site (liver
--   metastasis, other metastasis, primary, ctDNA, unknown), then the latest not after the first ablation, then the
--   earliest after it, then without date, then by specimen_id
-- reads: clean.rfa_sessions, clean.genotypes
WITH patient AS (
    SELECT site, patient_id, min(session_date) AS first_ablation_date
    FROM clean.rfa_sessions GROUP BY site, patient_id
), counted AS (
    SELECT g.*, p.first_ablation_date, g.result IN ('mutant', 'wild_type', 'vus') AS is_conclusive
    FROM clean.genotypes g JOIN patient p USING (site, patient_id)
    WHERE g.gene IN ('KRAS', 'NRAS', 'BRAF') AND g.result NOT IN ('failed', 'not_tested')
), chosen AS (
    SELECT
        site, patient_id, gene,
        first(specimen_id ORDER BY
            list_position(['liver_metastasis', 'other_metastasis', 'primary', 'ctdna', 'unknown'], specimen_site),
            CASE WHEN specimen_date <= first_ablation_date THEN 1 WHEN specimen_date IS NOT NULL THEN 2 ELSE 3 END,
            CASE WHEN specimen_date <= first_ablation_date THEN first_ablation_date - specimen_date
                 ELSE specimen_date - first_ablation_date END,
            specimen_id) AS specimen_id
    FROM counted WHERE is_conclusive
    GROUP BY site, patient_id, gene
), by_specimen AS (
    SELECT
        site, patient_id, gene, specimen_id,
        CASE WHEN bool_or(result = 'mutant') THEN 'mutant' ELSE 'wild_type' END AS status,
        coalesce(bool_or(result IN ('wild_type', 'vus') AND panel IN ('extended', 'ngs')), false) AS is_extended,
        list(variant_canonical) FILTER (result = 'mutant') AS mutant_variants,
        list(variant_canonical) FILTER (result = 'vus') AS vus_variants,
        -- p.V600E and p.V600M with the same frequency are p.V600K, called base by base
        CASE WHEN gene = 'BRAF' AND len(list_intersect(
                 list(coalesce(CAST(vaf_percent AS VARCHAR), '')) FILTER (result = 'mutant' AND variant_canonical = 'p.V600E'),
                 list(coalesce(CAST(vaf_percent AS VARCHAR), '')) FILTER (result = 'mutant' AND variant_canonical = 'p.V600M'))) > 0
             THEN 'V600_other' ELSE min(braf_class) FILTER (result = 'mutant') END AS mutant_braf_class,
        coalesce(bool_or(result = 'mutant' AND variant_canonical IS NOT NULL AND variant_class <> 'hotspot'), false)
            AS has_non_hotspot,
        coalesce(bool_or(result = 'mutant' AND variant_status = 'unparsed'), false) AS has_unparsed,
        coalesce(bool_or(result = 'mutant' AND vaf_percent < low_vaf_percent()), false) AS has_low_vaf,
        bool_or(result = 'vus') AS has_vus
    FROM counted
    GROUP BY site, patient_id, gene, specimen_id
    HAVING bool_or(is_conclusive)
), verdict AS (
    SELECT
        s.site, s.patient_id, s.gene, s.specimen_id, s.status, s.is_extended,
        nullif(array_to_string(list_sort(list_distinct(
            CASE s.status WHEN 'mutant' THEN s.mutant_variants ELSE s.vus_variants END)), '; '), '') AS variant,
        CASE s.status WHEN 'mutant' THEN s.mutant_braf_class END AS braf_class,
        list_filter([
            CASE WHEN s.status = 'mutant' AND s.has_low_vaf THEN 'low_vaf' END,
            CASE WHEN s.status = 'mutant' AND s.has_non_hotspot THEN 'non_hotspot' END,
            CASE WHEN s.status = 'mutant' AND s.has_unparsed THEN 'unparsed_variant' END,
            CASE WHEN s.status = 'wild_type' AND s.has_vus THEN 'vus' END
        ], lambda flag: flag IS NOT NULL) AS flags
    FROM by_specimen s JOIN chosen c USING (site, patient_id, gene, specimen_id)
), discordant AS (
    SELECT DISTINCT v.site, v.patient_id
    FROM verdict v JOIN by_specimen s USING (site, patient_id, gene)
    WHERE s.specimen_id <> v.specimen_id AND s.status <> v.status
)
SELECT
    p.site,
    p.patient_id,
    coalesce(k.status, 'unknown') AS kras,
    coalesce(n.status, 'unknown') AS nras,
    coalesce(b.status, 'unknown') AS braf,
    CASE WHEN k.status = 'mutant' OR n.status = 'mutant' THEN 'mutant'
         WHEN k.status = 'wild_type' AND n.status = 'wild_type' THEN 'wild_type'
         ELSE 'unknown' END AS ras,
    CASE WHEN k.status = 'mutant' OR n.status = 'mutant' THEN 'mutant'
         WHEN k.status = 'wild_type' AND n.status = 'wild_type' AND k.is_extended AND n.is_extended THEN 'wild_type'
         ELSE 'unknown' END AS ras_extended,
    b.braf_class,
    d.patient_id IS NOT NULL AS is_discordant,
    k.specimen_id AS kras_specimen_id, k.variant AS kras_variant, coalesce(k.flags, []) AS kras_flags,
    n.specimen_id AS nras_specimen_id, n.variant AS nras_variant, coalesce(n.flags, []) AS nras_flags,
    b.specimen_id AS braf_specimen_id, b.variant AS braf_variant, coalesce(b.flags, []) AS braf_flags
FROM patient p
LEFT JOIN (SELECT * FROM verdict WHERE gene = 'KRAS') k USING (site, patient_id)
LEFT JOIN (SELECT * FROM verdict WHERE gene = 'NRAS') n USING (site, patient_id)
LEFT JOIN (SELECT * FROM verdict WHERE gene = 'BRAF') b USING (site, patient_id)
LEFT JOIN discordant d USING (site, patient_id)
