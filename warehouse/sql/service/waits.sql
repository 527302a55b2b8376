-- title: Waits
-- meaning: the input of analysis.service_waiting: how many patients of each centre waited so many days from where the
--   wait begins to their first ablation. No days: it is not stated.
-- definition: the wait ends on the patient's first day with a session. It begins with the earliest decision (referral)
--   that the rows of that day state; decision_or_referral is the decision where one is stated, else the referral. Days
--   before a later session are not counted
-- care: rule ABL-13 sets dates after the session aside, so a negative wait is only found where an exception lets one pass
-- reads: clean.rfa_sessions
WITH first_day AS (
    SELECT site, patient_id, min(session_date) AS first_ablation_date FROM clean.rfa_sessions GROUP BY site, patient_id
), stated AS (
    SELECT
        site, patient_id, f.first_ablation_date, min(s.decision_date) AS decision_date,
        min(s.referral_date) AS referral_date
    FROM clean.rfa_sessions s
    JOIN first_day f USING (site, patient_id)
    WHERE s.session_date = f.first_ablation_date
    GROUP BY site, patient_id, f.first_ablation_date
), waited AS (
    SELECT site, 'decision' AS waits_from, first_ablation_date - decision_date AS days FROM stated
    UNION ALL SELECT site, 'referral', first_ablation_date - referral_date FROM stated
    UNION ALL
    SELECT site, 'decision_or_referral', first_ablation_date - coalesce(decision_date, referral_date) FROM stated
)
SELECT site, waits_from, days, count(*) AS n FROM waited GROUP BY ALL ORDER BY ALL
