-- title: Patients of whom treatments are told
-- meaning: one row per patient who has an accepted session at a site that has delivered treatments. Of such a patient no
--   row of treatments means no treatment; of a patient of another site it means nothing.
-- definition: docs/decisions/0057. An accepted file says it, even one without rows
-- reads: clean.rfa_sessions, meta.deliveries
SELECT DISTINCT site, patient_id
FROM clean.rfa_sessions
SEMI JOIN (SELECT site FROM meta.deliveries WHERE export = 'treatments' AND status = 'accepted') USING (site)
