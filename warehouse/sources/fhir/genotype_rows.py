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
    KINDS_OF_CHANGE,
    LARGE,
    NOT_PATHOGENIC,
    OWN,
    P_HGVS,
    PERCENT,
    REFERENCE_OF,
    SIGNIFICANCE,
    SYMBOLS,
    VAF,
)
from warehouse.sources.fhir.present import Present
from warehouse.sources.fhir.references import last_part, own_identifier
from warehouse.sources.fhir.sql import (
    case_of,
    codes_of,
    component,
    day,
    has_code,
    measured,
)
from warehouse.storage.sql_files import sql_text

GENENAMES = "http://www.genenames.org"
WORD = "^([A-Z0-9-]+)"
OF_VARIANT = (P_HGVS, C_HGVS, DISCRETE, G_HGVS, VAF, SIGNIFICANCE, *KINDS_OF_CHANGE)
"""Components that say something of the variant beside its gene."""


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
    known = {f"{prefix}{number}": gene for number, gene in GENES["HGNC"].items() for prefix in ("", "HGNC:")}
    return (
        f"coalesce(CASE WHEN {coding}.system = '{GENENAMES}' THEN {case_of(f'{coding}.code', known)} END, "
        f"CASE WHEN {is_hgnc} AND {digits} <> '' THEN coalesce({case_of(digits, GENES['HGNC'])}, {other}, "
        f"'HGNC:' || {digits}) WHEN {digits} <> '' THEN coalesce({case_of(digits, GENES['NCBI'])}, {other}, {code}) "
        f"WHEN starts_with({code}, 'ENSG') THEN coalesce({case_of(ensembl, GENES['ENSG'])}, {other}, "
        f"{code}) ELSE coalesce(nullif(regexp_replace({code}, '^HGNC:', ''), ''), {name}) END)"
    )


def _written(pattern: str) -> str:
    """Return SQL of the text of a component's value that looks like a variant."""
    texts = (
        f"list_concat(list_concat({codes_of('concept.coding')}, list_transform(concept.coding, lambda c: c.display)), "
        f"[concept.text, string])"
    )
    return f"list_filter({texts}, lambda t: regexp_matches(t, '{pattern}') AND NOT contains(t, 'p.?'))[1]"


def _gene_by_variant() -> str:
    """Return SQL of the gene that a variant's text names by its reference sequence or in parentheses."""
    by_reference = case_of("regexp_extract(h.variant, '(N[MP]_[0-9]+)', 1)", REFERENCE_OF)
    return f"coalesce({by_reference}, nullif(regexp_extract(h.variant, '[(]([A-Z0-9-]{{2,}})[)]:', 1), ''))"


def make_genotypes(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> str:
    """Make the rows of variants and of regions studied."""
    _make_specimens(con, table)
    _make_found(con, table, present)
    large = f"is_large AND variant IS NULL AND gene IN ({', '.join(map(sql_text, SYMBOLS))})"
    result = (
        "coalesce(own_result, CASE WHEN is_marker THEN marker_result WHEN presence = 'present' "
        f"THEN CASE WHEN NOT is_pathogenic OR ({large}) THEN 'vus' ELSE 'mutant' END "
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
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {table}_specimens AS SELECT n, "  # noqa: S608 (own names)
        f"coalesce({own_identifier('specimen_id')}, id, identifiers[1].value) AS specimen_id, "
        f"specimen_site, "
        f"{day('collected')} AS specimen_date "
        f"FROM {table} WHERE resource = 'Specimen'"
    )


def _make_found(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> None:
    """Make the table of genes found: of each observation and gene, whose specimen's group (`of`) it belongs to."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_reports AS SELECT observation, min_by(report, n) AS report, "  # noqa: S608
        f"min_by(spec, n) AS spec FROM (SELECT n, key AS report, specimen_key AS spec, "
        f"unnest(results) AS observation FROM {table} "
        f"WHERE resource = 'DiagnosticReport') GROUP BY observation"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_meanings AS SELECT variant, bool_or(is_meant) AS is_benign FROM ("  # noqa: S608
        f"SELECT unnest(derived) AS variant, "
        f"{has_code('(' + component(SIGNIFICANCE) + ').valueCodeableConcept.coding', NOT_PATHOGENIC)} AS is_meant "
        f"FROM {table} WHERE resource = 'Observation' AND derived IS NOT NULL AND state IS NULL "
        f"AND ({component(SIGNIFICANCE)}) IS NOT NULL) GROUP BY variant"
    )
    _make_parts(con, table, present)
    own, own_result = ("own", "own_result") if present.own else ("NULL", "NULL::VARCHAR")
    own_gene, own_share, own_tmb = (
        f"own['genotypes:{name}']" if present.own else "NULL::VARCHAR" for name in ("gene", "vaf_percent", "tmb_per_mb")
    )
    ours = " OR is_own_row" if present.own else ""
    taken = (
        f"SELECT n, state, {own} AS own, key, whom, issued, effective AS moment, specimen_key AS seen, "  # noqa: S608 (own names)
        f"{own_result} AS own_result, marker, is_region, marker_result, presence, no_value, {own_share} AS own_share, "
        f"coalesce({own_tmb}, tmb_per_mb) AS tmb_per_mb, {own_gene} AS own_gene, "
        f"CASE WHEN marker IS NULL AND own_gene IS NULL THEN n END AS of_genes "
        f"FROM {table} WHERE is_genotype{ours}"
    )
    by_parts = f"CASE WHEN h.variant IS NOT NULL THEN {_gene_by_variant()} END"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_found AS "  # noqa: S608 (own names)
        f"SELECT o.n, state, own, key, issued, moment, r.report, coalesce(seen, r.spec) AS spec, "
        f"whom || '|' || coalesce(seen, r.spec, r.report, {day('moment')}, key) AS of, is_region, "
        f"marker IS NOT NULL AS is_marker, marker_result, own_result, presence, no_value, h.variant, "
        f"coalesce(own_share, h.share) AS vaf_percent, tmb_per_mb, "
        f"NOT coalesce(h.is_benign, false) AND NOT coalesce(m.is_benign, false) AS is_pathogenic, "
        f"coalesce(h.is_large, false) AS is_large, "
        f"coalesce(own_gene, marker, g.gene, {by_parts}) AS gene, coalesce(g.sub, 0) AS sub "
        f"FROM ({taken}) o LEFT JOIN {table}_parts h ON h.n = o.n LEFT JOIN {table}_genes g ON g.n = o.of_genes "
        f"LEFT JOIN {table}_reports r ON r.observation = o.key LEFT JOIN {table}_meanings m ON m.variant = o.key"
    )


def _make_parts(con: duckdb.DuckDBPyConnection, table: str, present: Present) -> None:
    """Make the tables of what components say of an observation: its genes, and its variant, share and meaning."""
    known = ", ".join(f"'{one}'" for one in (GENE, *OF_VARIANT))
    first = f"CASE WHEN x.code.coding[1].code IN ({known}) THEN x.code.coding[1].code ELSE "
    code = f"{first}list_filter({codes_of('x.code.coding')}, lambda c: c IN ({known}))[1] END"
    if present.own:
        is_own = f"list_contains(list_transform(x.code.coding, lambda c: c.system), '{OWN}variant')"
        code = f"CASE WHEN {is_own} THEN 'own' ELSE {code} END"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_components AS SELECT n, {code} AS code, "  # noqa: S608 (own names)
        f"x.valueCodeableConcept AS concept, x.valueQuantity AS quantity, x.valueString AS string FROM ("
        f"SELECT n, unnest(component) AS x FROM {table} WHERE is_genotype AND component IS NOT NULL)"
    )
    words = "[{'system': NULL, 'code': NULL, 'display': coalesce(concept.text, string)}]"
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {table}_genes AS SELECT n, unnest(range(len(genes))) AS sub, "  # noqa: S608
        f"unnest(genes) AS gene FROM (SELECT n, list_sort(list(DISTINCT {gene_of('g')})) AS genes "
        f"FROM (SELECT n, unnest(CASE WHEN len(concept.coding) > 0 THEN concept.coding ELSE {words} END) AS g "
        f"FROM {table}_components WHERE code = '{GENE}') WHERE {gene_of('g')} IS NOT NULL GROUP BY n)"
    )
    looks = {P_HGVS: "(^|[: (])p[.]", C_HGVS: "(^|[: (])c[.]", DISCRETE: "[pc][.]", G_HGVS: "[cgm][.]"}
    ranks = {"own": 0} | {code: rank for rank, code in enumerate(looks, start=1)}
    written = " ".join(f"WHEN '{code}' THEN {_written(pattern)}" for code, pattern in looks.items())
    ranked = " ".join(f"WHEN '{code}' THEN {rank}" for code, rank in ranks.items())
    share = f"CASE WHEN code = '{VAF}' THEN {measured('quantity', PERCENT)} END"
    kinds, copies = ", ".join(map(sql_text, KINDS_OF_CHANGE)), KINDS_OF_CHANGE[-1]
    large = f"code = '{copies}' OR (code IN ({kinds}) AND {has_code('concept.coding', LARGE)})"
    benign = f"code = '{SIGNIFICANCE}' AND {has_code('concept.coding', NOT_PATHOGENIC)}"
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {table}_parts AS SELECT n, min_by(written, rank) AS variant, "  # noqa: S608
        f"any_value(share) AS share, bool_or(is_benign) AS is_benign, bool_or(is_large) AS is_large "
        f"FROM (SELECT n, {large} AS is_large, CASE code WHEN 'own' THEN string "
        f"{written} END AS written, CASE code {ranked} END AS rank, {share} AS share, {benign} AS is_benign "
        f"FROM {table}_components WHERE code <> '{GENE}') GROUP BY n"
    )
