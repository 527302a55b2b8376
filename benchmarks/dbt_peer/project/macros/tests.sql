{% test unique_key(model, columns) %}
    select {{ columns | join(', ') }} from {{ model }} group by all having count(*) > 1
{% endtest %}

{% test within(model, column_name, low, high) %}
    select * from {{ model }} where not ({{ column_name }} between {{ low }} and {{ high }})
{% endtest %}

{# Every row has its counterpart: a relationship of more than one column. #}
{% test belongs_to(model, to, columns) %}
    select * from {{ model }} anti join {{ to }} using ({{ columns | join(', ') }})
    where {{ columns | join(' is not null and ') }} is not null
{% endtest %}

{% test holds(model, condition) %}
    select * from {{ model }} where not coalesce({{ condition }}, true)
{% endtest %}
