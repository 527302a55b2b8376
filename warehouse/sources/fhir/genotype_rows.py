"""Makes the rows of genotypes: one for each gene of a variant, and one for each gene studied without any.

No row is no wild type: only an Absent, or a region that was studied, says that a gene has no variant.
"""

import duckdb

from warehouse.sources.fhir.codes import (
    C_HGVS,
    DISCRETE,
    G_HGVS,
    GENE,
    GENES,
    GENOTYPES,
    MSI,
    MSI_RESULT,
    NO_VALUE,
    NOT_PATHOGENIC,
    OWN,
    P_HGVS,
    PER_MEGABASE,
    PERCENT,
    PRESENCE,
    REFERENCE_OF,
    REGION,
    SIGNIFICANCE,
    SITES,
    SYMBOLS,
    TMB,
    VAF,
)
from warehouse.sources.fhir.present import Present, is_own_row
from warehouse.sources.fhir.references import AS_REFERENCE, last_part, own_identifier, target, targets
from warehouse.sources.fhir.sql import (
    EFFECTIVE,
    case_of,
    codes_of,
    component,
    components,
    day,
    has_code,
    looked_up,
    measured,
    own_code,
)

SPECIMEN = f"json_transform(specimen, {AS_REFERENCE})"
SPECIMENS = f"json_transform(specimen, '[' || {AS_REFERENCE} || ']')"
WORD = "^([A-Z0-9-]+)"


def gene_of(coding: str) -> str:
    """Return SQL of the gene's symbol that a coding of HGNC, NCBI, Ensembl or with a symbol itself names.

    The code decides: a display that names one of the deciding genes for the number of another is not believed.
    """
    code, name = f"upper({coding}.code)", f"nullif(regexp_extract(upper({coding}.display), '{WORD}', 1), '')"
    digits = f"regexp_extract({code}, '^(?:HGNC:)?([0-9]+)$', 1)"
    is_hgnc = (
        f"(contains({coding}.system, 'genenames') OR contains({coding}.system, 'hgnc') OR starts_with({code}, 'HGNC:'))"
    )
    ensembl = f"split_part({code}, '.', 1)"
    symbols = ", ".join(f"'{one}'" for one in SYMBOLS)
    other = f"CASE WHEN {name} NOT IN ({symbols}) THEN {name} END"
    return (
        f"CASE WHEN {is_hgnc} AND {digits} <> '' THEN coalesce({case_of(digits, GENES['HGNC'])}, {other}, "
        f"'HGNC:' || {digits}) WHEN {digits} <> '' THEN coalesce({case_of(digits, GENES['NCBI'])}, {other}, {code}) "
        f"WHEN starts_with({code}, 'ENSG') THEN coalesce({case_of(ensembl, GENES['ENSG'])}, {other}, "
        f"{code}) ELSE coalesce(nullif(regexp_replace({code}, '^HGNC:', ''), ''), {name}) END"
    )


def _genes() -> str:
    named = (
        f"CASE WHEN len(x.valueCodeableConcept.coding) > 0 THEN list_transform(x.valueCodeableConcept.coding, "
        f"lambda g: {gene_of('g')}) ELSE [nullif(regexp_extract(upper(coalesce(x.valueCodeableConcept.text, "
        f"x.valueString)), '{WORD}', 1), '')] END"
    )
    listed = f"flatten(list_transform({components(GENE)}, lambda x: {named}))"
    return f"list_sort(list_distinct(list_filter({listed}, lambda g: g IS NOT NULL)))"


def _written(part: str, pattern: str) -> str:
    """Return SQL of the text of a component's value that looks like a variant."""
    concept = f"{part}.valueCodeableConcept"
    texts = (
        f"list_concat(list_concat({codes_of(concept)}, list_transform({concept}.coding, lambda c: c.display)), "
        f"[{concept}.text, {part}.valueString])"
    )
    return f"list_filter({texts}, lambda t: regexp_matches(t, '{pattern}') AND NOT contains(t, 'p.?'))[1]"


def _gene_by_variant() -> str:
    """Return SQL of the gene that a variant's text names by its reference sequence or in parentheses."""
    by_reference = case_of("regexp_extract(variant, '(N[MP]_[0-9]+)', 1)", REFERENCE_OF)
    return f"coalesce({by_reference}, nullif(regexp_extract(variant, '[(]([A-Z0-9-]{{2,}})[)]:', 1), ''))"


def make_genotypes(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> str:
    """Make the rows of variants and of regions studied."""
    _make_specimens(con, table)
    _make_found(con, table, present)
    result = (
        "coalesce(own_result, CASE WHEN is_marker THEN marker_result WHEN presence = 'present' "
        "THEN CASE WHEN NOT is_pathogenic THEN 'vus' ELSE 'mutant' END "
        "WHEN presence = 'absent' THEN CASE WHEN variant IS NULL THEN 'wild_type' ELSE 'indeterminate' END "
        "ELSE coalesce(presence, no_value, 'indeterminate') END)"
    )
    studied = (
        f"SELECT s.n, s.sub, s.state, s.of, s.report, s.spec, s.gene, s.own, s.moment, s.issued, NULL AS variant, "  # noqa: S608
        f"CASE WHEN u.of IS NULL THEN 'wild_type' ELSE 'indeterminate' END AS result, "
        f"NULL AS vaf_percent, NULL AS tmb_per_mb FROM (FROM {table}_found WHERE is_region AND gene IS NOT NULL) s "
        f"LEFT JOIN (SELECT DISTINCT of FROM {table}_found WHERE NOT is_region AND gene IS NULL AND state IS NULL "
        f"AND presence = 'present') u USING (of) "
        f"WHERE NOT EXISTS (FROM {table}_found v WHERE NOT v.is_region AND v.state IS NULL AND v.of = s.of "
        f"AND v.gene = s.gene)"
    )
    found = (
        f"SELECT n, sub, state, of, report, spec, gene, own, moment, issued, variant, {result} AS result, vaf_percent, "  # noqa: S608
        f"tmb_per_mb FROM {table}_found WHERE NOT is_region"
    )
    nowhere = "k.n IS NULL AND g.spec IS NOT NULL" if present.specimens else "false"
    specimens = ("c.specimen_id", last_part("g.spec"), last_part("g.report"), day("g.moment"), last_part("g.of"))
    report_date = day("coalesce(d.issued, g.issued)")
    own = [f"g.own['genotypes:{name}'] AS {name}, " for name in ("panel", "assay")] if present.own else []
    if present.own:
        report_date = f"coalesce(g.own['genotypes:report_date'], {report_date})"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_genotypes AS "  # noqa: S608
        f"SELECT g.n, g.sub, 'genotypes' AS instrument, coalesce({', '.join(specimens)}) AS specimen_id, "
        f"CASE WHEN {nowhere} THEN NULL ELSE coalesce(c.specimen_site, 'unknown') END AS specimen_site, "
        f"coalesce(c.specimen_date, {day('g.moment')}) AS specimen_date, "
        f"{report_date} AS report_date, g.gene, g.result, g.variant, g.vaf_percent, g.tmb_per_mb, "
        f"{''.join(own)}{nowhere} AS is_nowhere "
        f"FROM ({studied} UNION ALL {found}) g LEFT JOIN {table}_keys k ON k.key = g.spec AND k.resource = 'Specimen' "
        f"LEFT JOIN {table}_specimens c ON c.n = k.n LEFT JOIN (FROM {table} WHERE resource = 'DiagnosticReport' "
        f"AND state IS NULL) d ON d.key = g.report"
    )
    return f"{table}_genotypes"


def _make_specimens(con: duckdb.DuckDBPyConnection, table: str) -> None:
    place = 'json_transform(type, \'{"coding": [{"system": "VARCHAR", "code": "VARCHAR"}]}\')'
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_specimens AS SELECT n, "  # noqa: S608 (own names)
        f"coalesce({own_identifier('specimen_id')}, id, identifiers[1].value) AS specimen_id, "
        f"coalesce({own_code('collection.bodySite', 'specimen_site')}, "
        f"CASE WHEN {looked_up(place + '.coding', SITES)} = 'ctdna' THEN 'ctdna' END, "
        f"{looked_up('collection.bodySite.coding', SITES)}) AS specimen_site, "
        f"{day('coalesce(collection.collectedDateTime, collection.collectedPeriod.start)')} AS specimen_date "
        f"FROM {table} WHERE resource = 'Specimen'"
    )


def _make_found(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> None:
    """Make the table of genes found: of each observation and gene, whose specimen's group (`of`) it belongs to."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_reports AS SELECT observation, min_by(report, n) AS report, "  # noqa: S608
        f"min_by(spec, n) AS spec FROM (SELECT n, key AS report, {target(SPECIMENS + '[1]', 'key')} AS spec, "
        f"unnest({targets('result', 'key')}) AS observation FROM {table} "
        f"WHERE resource = 'DiagnosticReport') GROUP BY observation"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_meanings AS SELECT variant, bool_or(is_meant) AS is_benign FROM ("  # noqa: S608
        f"SELECT unnest({targets('derivedFrom', 'key')}) AS variant, "
        f"{has_code(codes_of(component(SIGNIFICANCE) + '.valueCodeableConcept'), NOT_PATHOGENIC)} AS is_meant "
        f"FROM {table} WHERE resource = 'Observation' AND derivedFrom IS NOT NULL AND state IS NULL "
        f"AND {component(SIGNIFICANCE)} IS NOT NULL) GROUP BY variant"
    )
    own_variant = own_result = "NULL::VARCHAR"
    if present.own:
        is_own = f"list_contains(list_transform(x.code.coding, lambda c: c.system), '{OWN}variant')"
        own_variant = f"list_filter(component, lambda x: {is_own})[1].valueString"
        own_result = own_code("valueCodeableConcept", "result")
    own_gene, own_share, own_tmb = (
        f"own['genotypes:{name}']" if present.own else "NULL::VARCHAR" for name in ("gene", "vaf_percent", "tmb_per_mb")
    )
    parts = {
        "protein": P_HGVS,
        "coding_": C_HGVS,
        "discrete": DISCRETE,
        "genomic": G_HGVS,
        "share": VAF,
        "meaning": SIGNIFICANCE,
    }
    taken = (
        f"SELECT n, state, own, key, whom, codes, issued, {EFFECTIVE} AS moment, "  # noqa: S608 (own names)
        f"{', '.join(f'{component(code)} AS {name}' for name, code in parts.items())}, "
        f"{own_variant} AS own_variant, {_genes()} AS named, {target(SPECIMEN, 'key')} AS seen, valueQuantity, "
        f"valueCodeableConcept.coding AS found, {own_result} AS own_result, dataAbsentReason.coding AS absent, "
        f"CASE WHEN list_contains(codes, '{MSI}') THEN 'MSI' WHEN list_contains(codes, '{TMB}') THEN 'TMB' END "
        f"AS marker "
        f"FROM {table} WHERE resource = 'Observation' AND ({has_code('codes', GENOTYPES)}{f' OR {is_own_row()}' if present.own else ''})"
    )
    variant = (
        f"coalesce(own_variant, {_written('protein', '(^|[: (])p[.]')}, {_written('coding_', '(^|[: (])c[.]')}, "
        f"{_written('discrete', '[pc][.]')}, {_written('genomic', '[gm][.]')})"
    )
    measured_tmb = f"CASE WHEN marker = 'TMB' THEN {measured('valueQuantity', PER_MEGABASE)} END"
    is_benign = has_code(codes_of("meaning.valueCodeableConcept"), NOT_PATHOGENIC)
    read = (
        f"SELECT o.*, r.report, coalesce(seen, r.spec) AS spec, "  # noqa: S608
        f"whom || '|' || coalesce(seen, r.spec, r.report, {day('moment')}, key) AS of, "
        f"list_contains(codes, '{REGION}') AS is_region, marker IS NOT NULL AS is_marker, "
        f"CASE WHEN {own_gene} IS NOT NULL THEN [{own_gene}] WHEN marker IS NOT NULL THEN [marker] ELSE coalesce(named, []) END AS genes, "
        f"coalesce({looked_up('found', MSI_RESULT)}, CASE WHEN marker = 'TMB' AND valueQuantity.value IS NOT NULL "
        f"THEN 'measured' END, 'indeterminate') AS marker_result, "
        f"{looked_up('found', PRESENCE)} AS presence, {looked_up('absent', NO_VALUE)} AS no_value, "
        f"{variant} AS variant, "
        f"coalesce({own_share}, {measured('share.valueQuantity', PERCENT)}) AS vaf_percent, "
        f"coalesce({own_tmb}, {measured_tmb}) AS tmb_per_mb, "
        f"NOT {is_benign} AND NOT coalesce(m.is_benign, false) AS is_pathogenic FROM ({taken}) o "
        f"LEFT JOIN {table}_reports r ON r.observation = o.key LEFT JOIN {table}_meanings m ON m.variant = o.key"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_found AS SELECT n, state, own, key, issued, moment, report, spec, of, "  # noqa: S608
        f"is_region, is_marker, marker_result, own_result, presence, no_value, variant, vaf_percent, tmb_per_mb, "
        f"is_pathogenic, unnest(CASE len(genes) WHEN 0 THEN [{_gene_by_variant()}] ELSE genes END) AS gene, "
        f"unnest(range(greatest(len(genes), 1))) AS sub FROM ({read})"
    )
