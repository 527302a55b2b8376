{# Lists the files below landing/<site>/<export>/ that no earlier build has loaded. #}
{% macro find_new_files() %}
    create schema if not exists meta;
    create table if not exists meta.loaded_files (file varchar);
    {% if flags.FULL_REFRESH %} delete from meta.loaded_files; {% endif %}
    create or replace table meta.new_files as
    select file, split(file, '/')[-3] as site, split(file, '/')[-2] as export, split(file, '/')[-1] as delivery
    from glob('{{ env_var("PEER_LANDING") }}/*/*/*.csv*')
    where file not in (select file from meta.loaded_files);
{% endmacro %}

{# Notes the files as loaded, unless a model failed. #}
{% macro note_loaded_files(results) %}
    {% if results | selectattr('status', 'in', ['error', 'fail', 'skipped']) | list | length == 0 %}
        insert into meta.loaded_files select file from meta.new_files
    {% else %}
        select 1
    {% endif %}
{% endmacro %}

{# The rows of an export's new files, typed; of rows with one key, the one delivered last. #}
{% macro delivered(export, key, columns) %}
    {% set files = [] %}
    {% if execute %}
        {% set query = "select file, site, delivery from meta.new_files where export = '" ~ export ~ "' order by file" %}
        {% set files = run_query(query).rows %}
    {% endif %}
    select * from (
    {% for file, site, delivery in files %}
        select
            '{{ site }}' as site, {{ columns | join(', ') }}, '{{ delivery }}' as delivery,
            row_number() over () as line
        from read_csv(
            '{{ file }}', header = true, delim = ',', quote = '"', escape = '"', ignore_errors = true,
            types = {{ columns }})
        union all
    {% endfor %}
        select
            null::varchar as site,
            {% for name, type in columns.items() %} null::{{ type }} as {{ name }}, {% endfor %}
            null::varchar as delivery, null::bigint as line
        where false
    )
    qualify row_number() over (partition by site, {{ key | join(', ') }} order by delivery desc, line desc) = 1
{% endmacro %}
