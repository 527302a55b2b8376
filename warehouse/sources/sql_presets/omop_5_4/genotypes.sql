-- One row for each test of a gene in MEASUREMENT, whose modifiers are MEASUREMENTs too.
SELECT
    s.care_site,
    s.patient_id,
    g.measurement_source_value AS gene,
    coalesce(substr(v.term, length('genotypes.result=') + 1), nullif(g.value_source_value, '')) AS result,
    max(CASE WHEN a.term = 'genotypes.specimen_id' THEN a.value END) AS specimen_id,
    max(CASE WHEN a.term = 'genotypes.specimen_site' THEN a.value END) AS specimen_site,
    max(CASE WHEN a.term = 'genotypes.specimen_date' THEN a.value END) AS specimen_date,
    max(CASE WHEN a.term = 'genotypes.report_date' THEN a.value END) AS report_date,
    max(CASE WHEN a.term = 'genotypes.variant' THEN a.value END) AS variant,
    max(CASE WHEN a.term = 'genotypes.panel' THEN a.value END) AS panel,
    max(CASE WHEN a.term = 'genotypes.vaf_percent' THEN a.value END) AS vaf_percent,
    max(CASE WHEN a.term = 'genotypes.tmb_per_mb' THEN a.value END) AS tmb_per_mb,
    max(CASE WHEN a.term = 'genotypes.assay' THEN a.value END) AS assay
FROM measurement g
JOIN subject s ON s.person_id = g.person_id
LEFT JOIN term v ON v.concept_id = g.value_as_concept_id AND position('genotypes.result=' IN v.term) > 0
LEFT JOIN event_attribute a ON a.event_id = g.measurement_id AND a.field = 'field.measurement'
WHERE
    coalesce(nullif(g.measurement_concept_id, 0), g.measurement_source_concept_id)
    IN (SELECT concept_id FROM term WHERE term = 'genotypes')
GROUP BY s.care_site, s.patient_id, g.measurement_id, g.measurement_source_value, g.value_source_value, v.term
