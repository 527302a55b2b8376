-- What every query of this folder begins with, for OMOP CDM 5.4.
--
-- term: what a concept means here, by its id. The terms of terms.csv are found by vocabulary and code; others are ids.
--   Where a record has no standard concept (0), its source concept counts.
-- event_attribute: what MEASUREMENT says of an event, under its term, as text. A value is, in this order: a code that is
--   a concept, a number in the unit that the registry holds, a long text in NOTE, or the source's own text. A length in
--   cm becomes mm; a number in another unit keeps it in the text, so that the rules set it aside. A NaN is none.
-- Planners guess badly how many rows have a term; conditions are written (IN, position) so that they guess many, and do not
-- compare every event with every measurement.
-- event_lesion: the lesion, an EPISODE, to which an event belongs. subject: a person with the person's site.
WITH term AS (
    {terms}
),
event_attribute AS (
    SELECT
        m.measurement_id,
        m.measurement_event_id AS event_id,
        f.term AS field,
        t.term AS term,
        coalesce(
            substr(v.term, length(t.term) + 2),
            CASE
                WHEN m.value_as_number IS NULL OR CAST(m.value_as_number AS varchar(50)) = 'NaN' THEN NULL
                WHEN t.term LIKE '%_mm' AND lower(coalesce(u.concept_code, m.unit_source_value)) = 'cm'
                    THEN CAST(m.value_as_number * 10 AS varchar(50))
                WHEN lower(coalesce(u.concept_code, m.unit_source_value, ''))
                    IN ('', '1', 'mm', 'mo', 'ng/ml', 'ug/l', 'w', 'min', '%')
                    THEN CAST(m.value_as_number AS varchar(50))
                ELSE CAST(m.value_as_number AS varchar(50)) || ' ' || coalesce(u.concept_code, m.unit_source_value)
            END,
            n.note_text,
            nullif(m.value_source_value, '')
        ) AS value
    FROM measurement m
    JOIN term t ON t.concept_id = coalesce(nullif(m.measurement_concept_id, 0), m.measurement_source_concept_id)
    JOIN term f ON f.concept_id = m.meas_event_field_concept_id AND position('field.' IN f.term) > 0
    LEFT JOIN term v
        ON v.concept_id = m.value_as_concept_id AND substr(v.term, 1, length(t.term) + 1) = t.term || '='
    LEFT JOIN concept u ON u.concept_id = m.unit_concept_id AND u.vocabulary_id = 'UCUM'
    LEFT JOIN note n
        ON n.note_event_id = m.measurement_id
        AND n.note_event_field_concept_id IN (SELECT concept_id FROM term WHERE term = 'field.measurement')
),
event_lesion AS (
    SELECT ee.event_id, f.term AS field, e.episode_source_value AS lesion_id
    FROM episode_event ee
    JOIN term f ON f.concept_id = ee.episode_event_field_concept_id AND position('field.' IN f.term) > 0
    JOIN episode e ON e.episode_id = ee.episode_id
    WHERE e.episode_concept_id IN (SELECT concept_id FROM term WHERE term = 'episode.lesion')
),
subject AS (
    SELECT
        p.person_id, p.person_source_value AS patient_id, c.care_site_source_value AS care_site,
        p.gender_concept_id, p.gender_source_value, p.year_of_birth
    FROM person p
    LEFT JOIN care_site c ON c.care_site_id = p.care_site_id
)
