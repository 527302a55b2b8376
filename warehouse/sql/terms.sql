-- title: Terms that several definitions share
-- meaning: thresholds and clinical terms as macros, each once, with its source. A committee changes them here; those of
--   the Python code are in schemas/thresholds.py. Every connection that runs a definition defines them first
--   (warehouse/storage/connection.py).

-- Days per month, in every table: 365.25 / 12.
CREATE OR REPLACE TEMP MACRO days_per_month() AS 30.4375;

-- Viable tumour further than this from the ablation zone is a new lesion, not LTP (index study: within 1 cm).
CREATE OR REPLACE TEMP MACRO ltp_reach_mm() AS 10;

-- Lesions of this diameter or more are large, as in the index study.
CREATE OR REPLACE TEMP MACRO large_lesion_mm() AS 30;

-- Ablation margins in classes: below 0 mm the lesion is not covered; 0 mm is covered with nothing to spare. 5 mm is the
-- margin below which LTP is several times more frequent (Peking prospective study, PMID 39658020: SHR 7.94), 10 mm the
-- one that guidelines aim at. By one program no LTP was seen from 4 mm on, by another from 5 mm on (Laimer et al., Eur
-- Radiol 2025;35:1046), so the program belongs to the margin.
CREATE OR REPLACE TEMP MACRO covered_margin_mm() AS 0;
CREATE OR REPLACE TEMP MACRO enough_margin_mm() AS 5;
CREATE OR REPLACE TEMP MACRO wide_margin_mm() AS 10;
CREATE OR REPLACE TEMP MACRO margin_class(minimal_margin_mm) AS
    CASE WHEN minimal_margin_mm < covered_margin_mm() THEN '< ' || covered_margin_mm()
         WHEN minimal_margin_mm < enough_margin_mm() THEN covered_margin_mm() || ' to < ' || enough_margin_mm()
         WHEN minimal_margin_mm < wide_margin_mm() THEN enough_margin_mm() || ' to < ' || wide_margin_mm()
         WHEN minimal_margin_mm >= wide_margin_mm() THEN '>= ' || wide_margin_mm() END;

-- A variant allele frequency below this is flagged as low (domain facts 2.4).
CREATE OR REPLACE TEMP MACRO low_vaf_percent() AS 5;

-- The gene or state of the tumour for which a row of genotypes counts: other names of TP53, SMAD4, PIK3CA, ERBB2 (HER2), MSI
-- and MMR, as in schemas/genotype/markers.py. KRAS, NRAS and BRAF were named when the row was read.
CREATE OR REPLACE TEMP MACRO marker_of(gene) AS
    CASE WHEN gene IN ('KRAS', 'NRAS', 'BRAF') THEN gene
         WHEN gene = 'P53' THEN 'TP53'
         WHEN gene IN ('DPC4', 'MADH4') THEN 'SMAD4'
         WHEN gene = 'PI3KCA' THEN 'PIK3CA'
         WHEN gene IN ('HER2', 'HER-2', 'C-ERBB2', 'C-ERBB-2') THEN 'ERBB2'
         WHEN gene = 'MSI-STATUS' THEN 'MSI'
         WHEN gene IN ('DMMR', 'MMR-STATUS') THEN 'MMR'
         ELSE gene END;

-- The first qualifying exam is in time from 14 to 84 days after the ablation (domain facts 1.4).
CREATE OR REPLACE TEMP MACRO first_exam_earliest_days() AS 14;
CREATE OR REPLACE TEMP MACRO first_exam_latest_days() AS 84;

-- Expected exams: month 1, every 3 months to 24, every 6 to 60, each within 30 days (domain facts 3.2).
CREATE OR REPLACE TEMP MACRO exam_months() AS [1, 3, 6, 9, 12, 15, 18, 21, 24, 30, 36, 42, 48, 54, 60];
CREATE OR REPLACE TEMP MACRO exam_window_days() AS 30;

-- A year after the ablation, and the place of its exam among the expected ones.
CREATE OR REPLACE TEMP MACRO one_year_days() AS 12 * days_per_month();
CREATE OR REPLACE TEMP MACRO exams_of_a_year() AS list_position(exam_months(), 12);

-- A gap between qualifying days is long above 200 days if it begins within 24 months, above 400 later (IMG-09).
CREATE OR REPLACE TEMP MACRO longest_gap_days(opened_day) AS
    CASE WHEN opened_day < 24 * days_per_month() THEN 200 ELSE 400 END;

-- If last imaging and last contact are further apart than this, the censoring date is doubtful (OUT-03).
CREATE OR REPLACE TEMP MACRO contact_gap_days() AS 183;

-- Usual ages at the first session are between these (PAT-04-W); children and the very old are worth a second look.
CREATE OR REPLACE TEMP MACRO youngest_usual_years() AS 18;
CREATE OR REPLACE TEMP MACRO oldest_usual_years() AS 105;

-- Patients of a site with the same sex and birth year may be one if their first sessions are this close (PAT-02).
CREATE OR REPLACE TEMP MACRO same_patient_days() AS 3;

-- Two lesions of one session and segment may be one if their diameters differ by no more than this (LES-07).
CREATE OR REPLACE TEMP MACRO same_lesion_mm() AS 2;

-- An exam that can tell whether a lesion is viable: contrast-enhanced CT or MR.
CREATE OR REPLACE TEMP MACRO is_liver_exam(modality, contrast_enhanced) AS
    modality IN ('ct', 'mr') AND contrast_enhanced = 'yes';

-- Statuses that mean that the lesion holds viable tumour.
CREATE OR REPLACE TEMP MACRO says_viable(lesion_status) AS lesion_status IN ('residual', 'ltp', 'viable');

-- A qualifying row of a lesion (contract section 5): a liver exam that assesses the lesion, after its first ablation.
CREATE OR REPLACE TEMP MACRO is_qualifying(modality, contrast_enhanced, lesion_status, exam_date, first_ablation_date) AS
    is_liver_exam(modality, contrast_enhanced)
    AND (says_viable(lesion_status) OR lesion_status = 'no_viable')
    AND exam_date > first_ablation_date;

-- What the codes of time_to_event.event mean, in words; in CDISC's ADTTE, CNSR is 0 for an event, otherwise 1.
CREATE OR REPLACE TEMP MACRO event_status(event) AS
    CASE event WHEN 0 THEN 'censored' WHEN 1 THEN 'event' WHEN 2 THEN 'competing_death' WHEN 3 THEN 'competing_other' END;

-- The question to a site that an entry belongs to, as an id: its place, and not its cells, which may change.
CREATE OR REPLACE TEMP MACRO thread_of(site, export, key, rule_id, column_name) AS
    left(sha256(
        site || chr(31) || export || chr(31) || CASE WHEN export = 'genotypes' THEN lower(key) ELSE key END
        || chr(31) || rule_id || chr(31) || coalesce(column_name, '')
    ), 12);

-- The key by which a site knows a row that was set aside: with the patient's number that it delivered, where the
-- registry reads that as another (raw/aliases.py). entry_row is the row as JSON.
CREATE OR REPLACE TEMP MACRO key_as_delivered(key, entry_row) AS
    coalesce(
        json_extract_string(entry_row, '$."Delivered as"')
            || substr(key, 1 + length(json_extract_string(entry_row, '$.patient_id'))),
        key
    );

-- The question that an entry belongs to.
CREATE OR REPLACE TEMP MACRO thread_of_entry(site, export, key, rule_id, column_name, entry_row) AS
    thread_of(site, export, key_as_delivered(key, entry_row), rule_id, column_name);

-- A course: lesions ablated, and others resected or irradiated, within this of the first ablation (CIEMAR: 8 weeks, PMID
-- 37884801).
CREATE OR REPLACE TEMP MACRO course_days() AS 56;

-- HMAC-SHA-256 of a text by the key of the registry's pseudonyms, as hexadecimal digits; null without a key. The padded key
-- is a variable of the connection (warehouse/storage/pseudonym_key.py), which makes the same.
CREATE OR REPLACE TEMP MACRO keyed(text) AS
    sha256(getvariable('pseudonym_outer') || unhex(sha256(getvariable('pseudonym_inner') || encode(text))));

-- The pseudonym of an identifier; `letter` says what it names.
CREATE OR REPLACE TEMP MACRO pseudonym(letter, site, identifier) AS
    letter || '-' || translate(left(keyed(letter || chr(31) || site || chr(31) || identifier), 24),
                               '0123456789abcdef', 'ghijkmnpqrabcdef');

-- By how many days the dates of a patient stand before the true ones: 1 to 52 weeks, 0 without a key.
CREATE OR REPLACE TEMP MACRO days_back(site, patient_id) AS
    coalesce(7 * (1 + ('0x' || left(keyed('days' || chr(31) || site || chr(31) || patient_id), 8))::UBIGINT % 52), 0)::INTEGER;
