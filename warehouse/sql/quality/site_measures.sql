-- title: Shares that are followed by site and quarter
-- meaning: the input of quality.control_charts. For each measure, site and quarter: how many cases have the property
--   (n_with), of how many (n_of). Quarters without a case have no row.
-- definition: the quarter is that of the patient's first ablation, as in quality.completeness; for rows_set_aside that
--   of the delivery's extract date. ltp_in_a_year: lesions with LTP within a year of their ablation, of those decided
--   by then: with LTP within the year, or seen without until its exam was due. followed_a_year: lesions whose last
--   qualifying exam is not before the window of the exam at a year, of those for whom that window has passed.
--   rows_set_aside: current rows in quarantine, of current rows
-- care: a lesion that is ablated later counts in the quarter in which its patient was first ablated
-- reads: quality.completeness, derived.patient_ltpfs, derived.lesion_ltp, quality.lesion_followup, quality.ledger,
--   meta.loads
WITH contact AS (
    SELECT
        site, year(first_ablation_date) || '-Q' || quarter(first_ablation_date) AS quarter,
        count(coalesce(last_contact_date, death_date)) AS n_with, count(*) AS n_of
    FROM derived.patient_ltpfs
    GROUP BY ALL
), at_a_year AS (
    SELECT
        site, min(first_ablation_date) AS first_ablation_date,
        count(*) FILTER (ltp AND ltpfs_days <= one_year_days()) AS n_with,
        count(*) FILTER (
            ltp AND ltpfs_days <= one_year_days() OR ltpfs_days >= one_year_days() - exam_window_days()
        ) AS n_of
    FROM derived.lesion_ltp
    GROUP BY site, patient_id
), followed AS (
    SELECT
        site, min(first_ablation_date) AS first_ablation_date,
        count(*) FILTER (
            n_exams_expected >= exams_of_a_year()
            AND last_exam_date - first_ablation_date >= one_year_days() - exam_window_days()
        ) AS n_with,
        count(*) FILTER (n_exams_expected >= exams_of_a_year()) AS n_of
    FROM quality.lesion_followup
    GROUP BY site, patient_id
), delivered AS (
    SELECT
        l.site, year(d.extract_date) || '-Q' || quarter(d.extract_date) AS quarter,
        sum(l.in_quarantine)::BIGINT AS n_with, sum(l.current)::BIGINT AS n_of
    FROM quality.ledger l
    JOIN meta.loads d USING (site, export, delivery)
    GROUP BY ALL
), by_quarter AS (
    SELECT 'kras_known' AS measure, site, quarter, n_kras_known AS n_with, n_patients AS n_of FROM quality.completeness
    UNION ALL SELECT 'ras_known', site, quarter, n_ras_known, n_patients FROM quality.completeness
    UNION ALL SELECT 'last_contact_known', site, quarter, n_with, n_of FROM contact
    UNION ALL SELECT 'margin_known', site, quarter, n_margin_known, n_lesions FROM quality.completeness
    UNION ALL SELECT 'first_exam_in_time', site, quarter, n_first_exam_in_time, n_first_exam_due FROM quality.completeness
    UNION ALL
    SELECT
        'followed_a_year', site, year(first_ablation_date) || '-Q' || quarter(first_ablation_date), sum(n_with)::BIGINT,
        sum(n_of)::BIGINT
    FROM followed GROUP BY ALL
    UNION ALL
    SELECT
        'ltp_in_a_year', site, year(first_ablation_date) || '-Q' || quarter(first_ablation_date), sum(n_with)::BIGINT,
        sum(n_of)::BIGINT
    FROM at_a_year GROUP BY ALL
    UNION ALL SELECT 'rows_set_aside', site, quarter, n_with, n_of FROM delivered
)
SELECT measure, site, quarter, n_with, n_of FROM by_quarter WHERE n_of > 0 ORDER BY measure, site, quarter
