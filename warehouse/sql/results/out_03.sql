-- title: OUT-03
-- meaning: last imaging and last contact are more than 183 days apart. Applies to evaluable patients without LTP who
--   have a last contact. Of all sites (site null) and of each.
-- reads: derived.patient_ltpfs
SELECT
    site, '' AS aspect,
    count(*) FILTER (abs(last_contact_date - last_followup_date) > contact_gap_days()) AS n_violations,
    count(*) AS n_rows, '' AS note
FROM derived.patient_ltpfs
WHERE NOT ltp AND last_contact_date IS NOT NULL AND last_followup_date IS NOT NULL
GROUP BY GROUPING SETS ((), (site))
