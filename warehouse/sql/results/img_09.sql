-- title: IMG-09
-- meaning: a gap between consecutive qualifying days of a lesion (the first gap begins at the ablation) is above 200 days
--   if it begins within 24 months of the ablation, or above 400 days if it begins later. Applies to every gap. Of all
--   sites (site null) and of each.
-- reads: quality.lesion_imaging
SELECT
    site, '' AS aspect, coalesce(sum(n_long_gaps), 0)::BIGINT AS n_violations,
    coalesce(sum(n_gaps), 0)::BIGINT AS n_rows, '' AS note
FROM quality.lesion_imaging
GROUP BY GROUPING SETS ((), (site))
