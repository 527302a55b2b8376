-- title: Genes and states of each patient's tumour
-- meaning: three-valued status of KRAS, NRAS and BRAF from the best specimen; wild type is never assumed. Of TP53,
--   SMAD4, PIK3CA, APC, HER2 amplification, MSI, MMR and TMB also whether they were tested at all. One row per patient
--   with a session.
-- definition: contract section 5. Per gene: conclusive specimens (mutant, wild_type, vus) ranked by site (liver
--   metastasis, other metastasis, primary, ctDNA, unknown), then the latest not after the first ablation, then the
--   earliest after it, then without date, then by specimen_id. Of the further ones a specimen is conclusive by its own
--   results; a wild type on exon 2 alone is none, since no exon 2 holds their hotspots
-- reads: clean.rfa_sessions, clean.genotypes
WITH patient AS (
    SELECT site, patient_id, min(session_date) AS first_ablation_date
    FROM clean.rfa_sessions GROUP BY site, patient_id
), counted AS (
    SELECT g.*, p.first_ablation_date, g.result IN ('mutant', 'wild_type', 'vus') AS is_conclusive
    FROM clean.genotypes g JOIN patient p USING (site, patient_id)
    WHERE g.gene IN ('KRAS', 'NRAS', 'BRAF') AND g.result NOT IN ('failed', 'not_tested')
), further AS (
    SELECT
        g.*, p.first_ablation_date, marker_of(g.gene) AS marker,
        CASE
            WHEN marker_of(g.gene) = 'ERBB2' THEN g.result IN ('amplified', 'not_amplified')
            WHEN marker_of(g.gene) = 'MSI' THEN g.result IN ('msi_high', 'msi_low', 'mss')
            WHEN marker_of(g.gene) = 'MMR' THEN g.result IN ('deficient', 'proficient')
            WHEN marker_of(g.gene) = 'TMB' THEN g.result = 'measured' AND g.tmb_per_mb IS NOT NULL
            ELSE g.result = 'mutant' OR (g.result IN ('wild_type', 'vus') AND g.panel IS DISTINCT FROM 'exon2_only')
        END AS is_conclusive
    FROM clean.genotypes g JOIN patient p USING (site, patient_id)
    WHERE g.gene NOT IN ('KRAS', 'NRAS', 'BRAF')
      AND marker_of(g.gene) IN ('TP53', 'SMAD4', 'PIK3CA', 'APC', 'ERBB2', 'MSI', 'MMR', 'TMB')
      AND g.result <> 'not_tested'
      AND NOT (marker_of(g.gene) = 'ERBB2' AND g.result IN ('mutant', 'wild_type', 'vus'))  -- no word on amplification
), chosen AS (
    SELECT
        site, patient_id, marker,
        first(specimen_id ORDER BY
            list_position(['liver_metastasis', 'other_metastasis', 'primary', 'ctdna', 'unknown'], specimen_site),
            CASE WHEN specimen_date <= first_ablation_date THEN 1 WHEN specimen_date IS NOT NULL THEN 2 ELSE 3 END,
            CASE WHEN specimen_date <= first_ablation_date THEN first_ablation_date - specimen_date
                 ELSE specimen_date - first_ablation_date END,
            specimen_id) AS specimen_id
    FROM (
        SELECT site, patient_id, gene AS marker, specimen_id, specimen_site, specimen_date, first_ablation_date
        FROM counted WHERE is_conclusive
        UNION ALL
        SELECT site, patient_id, marker, specimen_id, specimen_site, specimen_date, first_ablation_date
        FROM further WHERE is_conclusive
    )
    GROUP BY site, patient_id, marker
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
    FROM by_specimen s JOIN chosen c ON s.site = c.site AND s.patient_id = c.patient_id AND s.gene = c.marker
        AND s.specimen_id = c.specimen_id
), discordant AS (
    SELECT DISTINCT v.site, v.patient_id
    FROM verdict v JOIN by_specimen s USING (site, patient_id, gene)
    WHERE s.specimen_id <> v.specimen_id AND s.status <> v.status
), state AS (
    -- of a gene one mutation is enough; of a state, an amplification and TMB two results of one specimen say nothing
    SELECT
        site, patient_id, marker, specimen_id,
        CASE WHEN marker IN ('TP53', 'SMAD4', 'PIK3CA', 'APC')
             THEN CASE WHEN bool_or(result = 'mutant') THEN 'mutant' ELSE 'wild_type' END
             WHEN count(DISTINCT result) FILTER (is_conclusive) > 1
                  OR count(DISTINCT tmb_per_mb) FILTER (is_conclusive) > 1
             THEN 'unknown'
             ELSE min(result) FILTER (is_conclusive) END AS status,
        CASE WHEN count(DISTINCT tmb_per_mb) FILTER (is_conclusive) = 1
             THEN min(tmb_per_mb) FILTER (is_conclusive) END AS tmb_per_mb,
        list(variant_canonical) FILTER (result = 'mutant') AS mutant_variants,
        list(variant_canonical) FILTER (result = 'vus' AND is_conclusive) AS vus_variants,
        nullif(array_to_string(list_sort(list_distinct(list(panel) FILTER (is_conclusive))), '; '), '') AS panel,
        nullif(array_to_string(list_sort(list_distinct(list(assay) FILTER (is_conclusive))), '; '), '') AS assay,
        coalesce(bool_or(result = 'mutant' AND variant_status = 'unparsed'), false) AS has_unparsed,
        coalesce(bool_or(result = 'mutant' AND vaf_percent < low_vaf_percent()), false) AS has_low_vaf,
        coalesce(bool_or(result = 'vus' AND is_conclusive), false) AS has_vus
    FROM further
    GROUP BY site, patient_id, marker, specimen_id
    HAVING bool_or(is_conclusive)
), disputed AS (
    SELECT DISTINCT c.site, c.patient_id, c.marker
    FROM chosen c JOIN state own USING (site, patient_id, marker, specimen_id)
    JOIN state other ON other.site = c.site AND other.patient_id = c.patient_id AND other.marker = c.marker
    WHERE other.specimen_id <> c.specimen_id AND other.status <> own.status
), further_verdict AS (
    SELECT
        s.site, s.patient_id, s.marker, s.specimen_id, s.status, s.tmb_per_mb, s.panel, s.assay,
        nullif(array_to_string(list_sort(list_distinct(
            CASE s.status WHEN 'mutant' THEN s.mutant_variants ELSE s.vus_variants END)), '; '), '') AS variant,
        list_filter([
            CASE WHEN s.status = 'unknown' THEN 'contradictory' END,
            CASE WHEN d.marker IS NOT NULL THEN 'discordant' END,
            CASE WHEN s.status = 'mutant' AND s.has_low_vaf THEN 'low_vaf' END,
            CASE WHEN s.status = 'mutant' AND s.has_unparsed THEN 'unparsed_variant' END,
            CASE WHEN s.status = 'wild_type' AND s.has_vus THEN 'vus' END
        ], lambda flag: flag IS NOT NULL) AS flags
    FROM state s JOIN chosen c USING (site, patient_id, marker, specimen_id)
    LEFT JOIN disputed d USING (site, patient_id, marker)
), tested AS (
    SELECT site, patient_id, list(DISTINCT marker) AS markers FROM further GROUP BY site, patient_id
), others AS (
    SELECT
        site, patient_id,
        any_value(status) FILTER (marker = 'TP53') AS tp53,
        any_value(specimen_id) FILTER (marker = 'TP53') AS tp53_specimen_id,
        any_value(variant) FILTER (marker = 'TP53') AS tp53_variant,
        any_value(panel) FILTER (marker = 'TP53') AS tp53_panel,
        any_value(flags) FILTER (marker = 'TP53') AS tp53_flags,
        any_value(status) FILTER (marker = 'SMAD4') AS smad4,
        any_value(specimen_id) FILTER (marker = 'SMAD4') AS smad4_specimen_id,
        any_value(variant) FILTER (marker = 'SMAD4') AS smad4_variant,
        any_value(panel) FILTER (marker = 'SMAD4') AS smad4_panel,
        any_value(flags) FILTER (marker = 'SMAD4') AS smad4_flags,
        any_value(status) FILTER (marker = 'PIK3CA') AS pik3ca,
        any_value(specimen_id) FILTER (marker = 'PIK3CA') AS pik3ca_specimen_id,
        any_value(variant) FILTER (marker = 'PIK3CA') AS pik3ca_variant,
        any_value(panel) FILTER (marker = 'PIK3CA') AS pik3ca_panel,
        any_value(flags) FILTER (marker = 'PIK3CA') AS pik3ca_flags,
        any_value(status) FILTER (marker = 'APC') AS apc,
        any_value(specimen_id) FILTER (marker = 'APC') AS apc_specimen_id,
        any_value(variant) FILTER (marker = 'APC') AS apc_variant,
        any_value(panel) FILTER (marker = 'APC') AS apc_panel,
        any_value(flags) FILTER (marker = 'APC') AS apc_flags,
        any_value(status) FILTER (marker = 'ERBB2') AS her2_amplification,
        any_value(specimen_id) FILTER (marker = 'ERBB2') AS her2_specimen_id,
        any_value(panel) FILTER (marker = 'ERBB2') AS her2_panel,
        any_value(flags) FILTER (marker = 'ERBB2') AS her2_flags,
        any_value(status) FILTER (marker = 'MSI') AS msi,
        any_value(specimen_id) FILTER (marker = 'MSI') AS msi_specimen_id,
        any_value(panel) FILTER (marker = 'MSI') AS msi_panel,
        any_value(flags) FILTER (marker = 'MSI') AS msi_flags,
        any_value(status) FILTER (marker = 'MMR') AS mmr,
        any_value(specimen_id) FILTER (marker = 'MMR') AS mmr_specimen_id,
        any_value(panel) FILTER (marker = 'MMR') AS mmr_panel,
        any_value(flags) FILTER (marker = 'MMR') AS mmr_flags,
        any_value(tmb_per_mb) FILTER (marker = 'TMB') AS tmb_per_mb,
        any_value(specimen_id) FILTER (marker = 'TMB') AS tmb_specimen_id,
        any_value(panel) FILTER (marker = 'TMB') AS tmb_panel,
        any_value(assay) FILTER (marker = 'TMB') AS tmb_assay,
        any_value(flags) FILTER (marker = 'TMB') AS tmb_flags
    FROM further_verdict GROUP BY site, patient_id
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
    b.specimen_id AS braf_specimen_id, b.variant AS braf_variant, coalesce(b.flags, []) AS braf_flags,
    coalesce(o.tp53, CASE WHEN list_contains(t.markers, 'TP53') THEN 'unknown' ELSE 'not_tested' END) AS tp53,
    coalesce(o.smad4, CASE WHEN list_contains(t.markers, 'SMAD4') THEN 'unknown' ELSE 'not_tested' END) AS smad4,
    coalesce(o.pik3ca, CASE WHEN list_contains(t.markers, 'PIK3CA') THEN 'unknown' ELSE 'not_tested' END) AS pik3ca,
    coalesce(o.apc, CASE WHEN list_contains(t.markers, 'APC') THEN 'unknown' ELSE 'not_tested' END) AS apc,
    coalesce(o.her2_amplification, CASE WHEN list_contains(t.markers, 'ERBB2') THEN 'unknown' ELSE 'not_tested' END) AS her2_amplification,
    coalesce(o.msi, CASE WHEN list_contains(t.markers, 'MSI') THEN 'unknown' ELSE 'not_tested' END) AS msi,
    coalesce(o.mmr, CASE WHEN list_contains(t.markers, 'MMR') THEN 'unknown' ELSE 'not_tested' END) AS mmr,
    o.tmb_per_mb,
    o.tp53_specimen_id, o.tp53_variant, o.tp53_panel, coalesce(o.tp53_flags, []) AS tp53_flags,
    o.smad4_specimen_id, o.smad4_variant, o.smad4_panel, coalesce(o.smad4_flags, []) AS smad4_flags,
    o.pik3ca_specimen_id, o.pik3ca_variant, o.pik3ca_panel, coalesce(o.pik3ca_flags, []) AS pik3ca_flags,
    o.apc_specimen_id, o.apc_variant, o.apc_panel, coalesce(o.apc_flags, []) AS apc_flags,
    o.her2_specimen_id, o.her2_panel, coalesce(o.her2_flags, []) AS her2_flags,
    o.msi_specimen_id, o.msi_panel, coalesce(o.msi_flags, []) AS msi_flags,
    o.mmr_specimen_id, o.mmr_panel, coalesce(o.mmr_flags, []) AS mmr_flags,
    o.tmb_specimen_id, o.tmb_panel, o.tmb_assay, coalesce(o.tmb_flags, []) AS tmb_flags
FROM patient p
LEFT JOIN (SELECT * FROM verdict WHERE gene = 'KRAS') k USING (site, patient_id)
LEFT JOIN (SELECT * FROM verdict WHERE gene = 'NRAS') n USING (site, patient_id)
LEFT JOIN (SELECT * FROM verdict WHERE gene = 'BRAF') b USING (site, patient_id)
LEFT JOIN discordant d USING (site, patient_id)
LEFT JOIN others o USING (site, patient_id)
LEFT JOIN tested t USING (site, patient_id)
