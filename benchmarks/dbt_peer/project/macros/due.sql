{# A table to read from: in an incremental build only the rows of patients in new files, otherwise all of it. #}
{% macro due(name) -%}
    {%- set relation, changed = ref(name), ref('changed_patients') -%}
    {%- if is_incremental() -%}
        (select * from {{ relation }} semi join {{ changed }} using (site, patient_id))
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
