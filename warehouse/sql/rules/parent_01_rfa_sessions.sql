-- title: PARENT-01 for sessions
-- meaning: if one session row of a lesion is set aside, all its rows are, because half a history would shorten its LTPFS.
SELECT s.row_id, 'lesion_id' AS column_name
FROM clean.rfa_sessions s
SEMI JOIN work.set_aside_sessions a USING (site, patient_id, lesion_id)
