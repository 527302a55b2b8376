{{ config(
    materialized='incremental', incremental_strategy='delete+insert',
    unique_key=['site', 'patient_id', 'specimen_id', 'gene'],
) }}
select g.*, v.* exclude (gene, variant)
from {{ ref('raw_genotypes') }} g
left join {{ ref('variants') }} v on v.gene = g.gene and v.variant is not distinct from g.variant
