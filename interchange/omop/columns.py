"""Lists the columns of the OMOP CDM 5.4 tables that are written, in the order of OHDSI's DDL."""

from collections.abc import Mapping, Sequence

COLUMNS: Mapping[str, Sequence[str]] = {
    table: tuple(names.split())
    for table, names in {
        "person": """person_id gender_concept_id year_of_birth month_of_birth day_of_birth birth_datetime
            race_concept_id ethnicity_concept_id location_id provider_id care_site_id person_source_value
            gender_source_value gender_source_concept_id race_source_value race_source_concept_id ethnicity_source_value
            ethnicity_source_concept_id""",
        "observation_period": """observation_period_id person_id observation_period_start_date
            observation_period_end_date period_type_concept_id""",
        "death": """person_id death_date death_datetime death_type_concept_id cause_concept_id cause_source_value
            cause_source_concept_id""",
        "condition_occurrence": """condition_occurrence_id person_id condition_concept_id condition_start_date
            condition_start_datetime condition_end_date condition_end_datetime condition_type_concept_id
            condition_status_concept_id stop_reason provider_id visit_occurrence_id visit_detail_id
            condition_source_value condition_source_concept_id condition_status_source_value""",
        "procedure_occurrence": """procedure_occurrence_id person_id procedure_concept_id procedure_date
            procedure_datetime procedure_end_date procedure_end_datetime procedure_type_concept_id modifier_concept_id
            quantity provider_id visit_occurrence_id visit_detail_id procedure_source_value procedure_source_concept_id
            modifier_source_value""",
        "measurement": """measurement_id person_id measurement_concept_id measurement_date measurement_datetime
            measurement_time measurement_type_concept_id operator_concept_id value_as_number value_as_concept_id
            unit_concept_id range_low range_high provider_id visit_occurrence_id visit_detail_id
            measurement_source_value measurement_source_concept_id unit_source_value unit_source_concept_id
            value_source_value measurement_event_id meas_event_field_concept_id""",
        "note": """note_id person_id note_date note_datetime note_type_concept_id note_class_concept_id note_title
            note_text encoding_concept_id language_concept_id provider_id visit_occurrence_id visit_detail_id
            note_source_value note_event_id note_event_field_concept_id""",
        "episode": """episode_id person_id episode_concept_id episode_start_date episode_start_datetime episode_end_date
            episode_end_datetime episode_parent_id episode_number episode_object_concept_id episode_type_concept_id
            episode_source_value episode_source_concept_id""",
        "episode_event": "episode_id event_id episode_event_field_concept_id",
        "care_site": """care_site_id care_site_name place_of_service_concept_id location_id care_site_source_value
            place_of_service_source_value""",
        "concept": """concept_id concept_name domain_id vocabulary_id concept_class_id standard_concept concept_code
            valid_start_date valid_end_date invalid_reason""",
        "vocabulary": "vocabulary_id vocabulary_name vocabulary_reference vocabulary_version vocabulary_concept_id",
        "cdm_source": """cdm_source_name cdm_source_abbreviation cdm_holder source_description
            source_documentation_reference cdm_etl_reference source_release_date cdm_release_date cdm_version
            cdm_version_concept_id vocabulary_version""",
    }.items()
}
"""Table -> its columns."""
ORDER: Mapping[str, str] = {
    "death": "person_id",
    "cdm_source": "cdm_source_name",
    "vocabulary": "vocabulary_id",
}
"""The order of the rows of tables whose first column is no key of theirs."""
