{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['site', 'patient_id', 'exam_id']) }}
{{ delivered('imaging_followups', ['patient_id', 'exam_id', 'lesion_id'], {
    'patient_id': 'VARCHAR',
    'exam_id': 'VARCHAR',
    'exam_date': 'DATE',
    'modality': 'VARCHAR',
    'contrast_enhanced': 'VARCHAR',
    'lesion_id': 'VARCHAR',
    'lesion_status': 'VARCHAR',
    'distance_to_zone_mm': 'DOUBLE',
    'new_liver_lesion': 'VARCHAR',
    'extrahepatic_progression': 'VARCHAR',
}) }}
