-- only the rows of new files
{{ config(materialized='table') }}
{{ delivered('genotypes', ['patient_id', 'specimen_id', 'gene', 'variant'], {
    'patient_id': 'VARCHAR',
    'specimen_id': 'VARCHAR',
    'specimen_site': 'VARCHAR',
    'specimen_date': 'DATE',
    'report_date': 'DATE',
    'gene': 'VARCHAR',
    'result': 'VARCHAR',
    'variant': 'VARCHAR',
    'panel': 'VARCHAR',
    'vaf_percent': 'DOUBLE',
}) }}
