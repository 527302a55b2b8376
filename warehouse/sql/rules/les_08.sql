-- title: LES-08
-- meaning: more lesions of the patient were ablated than n_clm_total says there are.
SELECT s.row_id, 'lesion_id' AS column_name
FROM clean.rfa_sessions s
JOIN (
    SELECT site, patient_id, count(DISTINCT lesion_id) AS n_ablated FROM clean.rfa_sessions GROUP BY ALL
) n USING (site, patient_id)
JOIN clean.patients p USING (site, patient_id)
WHERE n.n_ablated > p.n_clm_total
