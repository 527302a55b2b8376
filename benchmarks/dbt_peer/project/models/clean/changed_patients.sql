{{ config(materialized='table') }}
-- the patients of the files that this build loads; the first build makes every patient's rows anyway
{% set is_first = execute and run_query('select count(*) from meta.loaded_files').rows[0][0] == 0 %}
select distinct site, patient_id
from (
    {% for export in ['rfa_sessions', 'genotypes', 'imaging_followups', 'patients'] %}
    select site, patient_id from {{ ref(export) }}
    where (site, delivery) in (select (site, delivery) from meta.new_files where export = '{{ export }}')
    {{ 'union all' if not loop.last }}
    {% endfor %}
)
{% if is_first %} where false {% endif %}
