-- title: IMG-09
-- meaning: a gap between consecutive qualifying days of a lesion (the ablation opens the first) above 200 days where
--   it begins within 24 months of the ablation, above 400 days later. Asked of every gap.
-- reads: quality.lesion_imaging
SELECT '' AS aspect, coalesce(sum(n_long_gaps), 0)::BIGINT AS n_violations, coalesce(sum(n_gaps), 0)::BIGINT AS n_rows,
       '' AS note
FROM quality.lesion_imaging
