-- title: Scorecard
-- meaning: rules that failed and their violations by Kahn category and table, for all sites together (site empty) and
--   for each site. Per site only rules that a row can break are counted.
-- definition: Kahn et al., eGEMs 2016;4(1):1244. Violations are rows that break a rule, summed over the rules, so a row
--   may count more than once; rows are the largest number of rows that any rule of the table applies to. Rules about the
--   registry as a whole count as rules, not as violations; a finding that an exception in force accepts is no violation
--   At a site a rule has failed if quality.site_results says so: by the site's own threshold, and never in its run-in
-- care: comparisons with an earlier release (aspect drift) are left out, because they concern two releases
-- reads: quality.results, quality.site_results, quality.findings, raw.patients, raw.rfa_sessions, raw.genotypes,
--   raw.imaging_followups, raw.treatments
WITH asked AS (
    SELECT
        *, level <> 'dataset' AS is_counted,
        max(CASE WHEN level <> 'dataset' THEN n_rows END) OVER (PARTITION BY table_name) AS rows_of_table
    FROM quality.results
    WHERE status <> 'not applicable' AND aspect NOT LIKE 'drift%'
), raw_row AS (
    SELECT 'patients' AS table_name, site, row_id, false AS is_conflict FROM raw.patients_current
    UNION ALL SELECT 'rfa_sessions', site, row_id, false FROM raw.rfa_sessions_current
    UNION ALL SELECT 'genotypes', site, row_id, false FROM raw.genotypes_current
    UNION ALL SELECT 'imaging_followups', site, row_id, false FROM raw.imaging_followups_current
    UNION ALL SELECT 'treatments', site, row_id, false FROM raw.treatments_current
    UNION ALL SELECT 'patients', r.site, v.row_id, true
    FROM raw.patients_versions v JOIN raw.patients r USING (row_id) WHERE v.state = 'open'
    UNION ALL SELECT 'rfa_sessions', r.site, v.row_id, true
    FROM raw.rfa_sessions_versions v JOIN raw.rfa_sessions r USING (row_id) WHERE v.state = 'open'
    UNION ALL SELECT 'genotypes', r.site, v.row_id, true
    FROM raw.genotypes_versions v JOIN raw.genotypes r USING (row_id) WHERE v.state = 'open'
    UNION ALL SELECT 'imaging_followups', r.site, v.row_id, true
    FROM raw.imaging_followups_versions v JOIN raw.imaging_followups r USING (row_id) WHERE v.state = 'open'
    UNION ALL SELECT 'treatments', r.site, v.row_id, true
    FROM raw.treatments_versions v JOIN raw.treatments r USING (row_id) WHERE v.state = 'open'
), broken AS (
    SELECT r.site, r.table_name, f.rule_id, count(DISTINCT f.row_id) AS n_violations
    FROM (SELECT DISTINCT export AS table_name, row_id, rule_id FROM quality.findings
          WHERE NOT (rule_id = 'KEY-01' AND scope = 'flag') AND scope <> 'accepted') f
    JOIN raw_row r USING (table_name, row_id)
    GROUP BY ALL
    UNION ALL
    SELECT site, table_name, 'KEY-01', count(*) FROM raw_row WHERE is_conflict GROUP BY ALL
), at_site AS (
    SELECT site, table_name, count(*) AS n_rows FROM raw_row GROUP BY ALL
), fared AS (
    SELECT
        a.kahn_category, a.table_name, NULL AS site, a.rule_id, a.status IN ('failed', 'error') AS is_failed,
        CASE WHEN a.is_counted THEN a.n_violations END AS n_violations, a.rows_of_table AS n_rows
    FROM asked a
    UNION ALL
    SELECT
        a.kahn_category, a.table_name, s.site, a.rule_id,
        coalesce(r.status IN ('failed', 'error'), 100 * b.n_violations > a.threshold_pct * s.n_rows, false)
            OR a.status = 'error',
        coalesce(b.n_violations, 0), s.n_rows
    FROM asked a
    JOIN at_site s USING (table_name)
    LEFT JOIN broken b ON b.site = s.site AND b.table_name = s.table_name AND b.rule_id = a.rule_id
    LEFT JOIN quality.site_results r
        ON r.site = s.site AND r.table_name = a.table_name AND r.rule_id = a.rule_id AND r.aspect = a.aspect
    WHERE a.is_counted
)
SELECT
    kahn_category,
    table_name,
    site,
    count(DISTINCT rule_id) AS n_rules,
    count(DISTINCT rule_id) FILTER (is_failed) AS n_failed,
    coalesce(sum(n_violations), 0)::BIGINT AS n_violations,
    coalesce(max(n_rows), 0)::BIGINT AS n_rows,
    1000 * sum(n_violations) / nullif(max(n_rows), 0) AS per_1000
FROM fared
GROUP BY kahn_category, table_name, site
ORDER BY site NULLS FIRST, kahn_category, table_name
