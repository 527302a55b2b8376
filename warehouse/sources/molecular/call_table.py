"""Reads a table of variant calls once: which rows are calls of the wanted genes, and what the others are left out for.

The result is a temporary table of every delivered row: its line, why it is left out, its sample, the columns that
site.toml names, and the call. Cells of rows that are left out are empty but for the named columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import duckdb
import polars as pl

from schemas.codes import GENE_RESULT
from schemas.genotype.dictionary import TRANSCRIPTS
from schemas.genotype.genes import gene_symbol
from warehouse.readers.cells import trim_sql
from warehouse.readers.source import Source
from warehouse.sources.molecular import call_columns as of
from warehouse.sources.molecular.effects import (
    ANOTHER_GENE,
    NO_CALL,
    NO_CHANGE,
    NOT_IN_SAMPLE,
    NOT_LOADED,
    NOT_PASSED,
    first_term,
    is_filtered,
)
from warehouse.sources.molecular.genome import BUILDS, OtherBuild, build_named, coding_change
from warehouse.sources.molecular.judged_variants import NOTHING, Call, Judged, is_said, judged
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

IDENTIFIERS = {
    "KRAS": ("KRAS2", "ENSG00000133703", "3845"),
    "NRAS": ("NRAS1", "ENSG00000213281", "4893"),
    "BRAF": ("ENSG00000157764", "673"),
    "TP53": ("P53", "ENSG00000141510", "7157"),
    "SMAD4": ("DPC4", "MADH4", "ENSG00000141646", "4089"),
    "PIK3CA": ("ENSG00000121879", "5290"),
    "APC": ("ENSG00000134982", "324"),
}
"""Gene -> how files of calls may also name it: earlier symbols, Ensembl's and NCBI's identifiers."""
NO_SYMBOL = ("", ".", "NA", "UNKNOWN")
"""Cells of Hugo_Symbol in rows whose gene Entrez_Gene_Id alone tells."""
GENES = tuple(IDENTIFIERS)
"""Genes whose calls are taken unless site.toml names others: those of which the registry's tables have a column."""
CALL_CELLS = (of.PROTEIN, of.CODING, of.ANNOVAR, of.TRANSCRIPT, of.CLASS)
POSITION_CELLS = (of.CHROMOSOME, of.START, of.REF, of.ALT, of.ALT1, of.BUILD)
OWN_CELLS = (of.OWN_RESULT, of.OWN_VARIANT)
BUILD_CURE = 'Write build = "GRCh37" or build = "GRCh38" for this source into site.toml, or deliver HGVSp_Short.'


@dataclass(frozen=True)
class CallTable:
    """A table of calls that was read: line, reason, sample, gene, variant, result, vaf_percent and n0, n1, ...

    `named` are the positions of the source's columns that n0, n1, ... hold.
    """

    name: str
    named: Sequence[int]
    n_rows: int
    n_calls: int


@dataclass(frozen=True)
class Wanted:
    """What is taken of a table: the genes, the build that site.toml says, and a study's own filter of classes.

    `other_rows` maps reasons to SQL that is true for rows that are no calls. `sample` is SQL of a row's sample.
    `further` are columns that say protein or coding change where the first such column is empty.
    """

    genes: Sequence[str]
    build: str | None
    sample: str
    filtered: tuple[str, ...] | None = None
    other_rows: Mapping[str, str] | None = None
    further: Mapping[str, Sequence[int]] = field(default_factory=dict)


def read_calls(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    places: Mapping[str, int],
    wanted: Wanted,
    named: Sequence[int],
    name: str,
) -> CallTable:
    """Read the source, of which `places` holds what. Raises DeliveryRejected if positions are needed and do not fit."""
    raw, taken = f"raw_{name}", f"taken_{name}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {raw} AS {_all_rows(source, places, wanted, named)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {taken} AS {_taken(raw, places, wanted, len(named))}")
    counts = con.execute(f"SELECT count(*), count(*) FILTER (reason IS NULL) FROM {raw}").fetchone()  # noqa: S608
    n_rows, n_calls = counts or (0, 0)
    cells = _cells(places)
    con.register("judged_calls", _judged(con, taken, wanted, cells).to_arrow())
    same = " AND ".join(f"r.{cell} IS NOT DISTINCT FROM j.{cell}" for cell in cells)
    listed = "".join(f", n{i}" for i in range(len(named)))
    twice = "count(*) FILTER (j.result IS NOT NULL) OVER (PARTITION BY r.sample, r.gene, j.variant) > 1"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT r.line, r.gene, r.sample{listed.replace(' n', ' r.n')}, "  # noqa: S608
        f"j.result, r.vaf_percent, CASE WHEN j.is_silent THEN {sql_text(NO_CHANGE)} END AS reason, "
        f"CASE WHEN {twice} AND j.coding_change IS NOT NULL AND j.variant <> j.coding_change "
        "THEN concat(j.variant, ' (', j.coding_change, ')') ELSE j.variant END AS variant "
        f"FROM {taken} r JOIN judged_calls j ON {same} WHERE r.reason IS NULL"
    )
    con.unregister("judged_calls")
    for table, gene in ((taken, "gene"), (raw, "NULL::VARCHAR AS gene")):
        con.execute(
            f"INSERT INTO {name} BY NAME SELECT line, reason, sample, {gene}{listed} FROM {table} "  # noqa: S608
            "WHERE reason IS NOT NULL"
        )
        con.execute(f"DROP TABLE {table}")
    source.check_count(n_rows)
    return CallTable(name, named, n_rows, n_calls)


def _cells(places: Mapping[str, int]) -> tuple[str, ...]:
    """Return the cells by which calls are told apart."""
    return ("gene", *CALL_CELLS, *POSITION_CELLS, *(OWN_CELLS if of.OWN_RESULT in places else ()))


def table_name(*said: str) -> str:
    """Return a name for the temporary table of what is read as said."""
    return f"calls_{sha256(chr(0).join(said).encode()).hexdigest()[:16]}"


def _all_rows(source: Source, places: Mapping[str, int], wanted: Wanted, named: Sequence[int]) -> str:
    """Return SQL of every delivered row: line, sample, named columns, and the call's cells if its gene is wanted.

    This is the one scan of the file, so nothing is done to a cell that few rows need.
    """
    reasons = [f"WHEN {test} THEN {sql_text(why)}" for why, test in (wanted.other_rows or {}).items()]
    if of.FILTER in places:
        reasons.append(f"WHEN c{places[of.FILTER]} = 'absent' THEN {sql_text(NOT_IN_SAMPLE)}")
        reasons.append(f"WHEN c{places[of.FILTER]} <> 'passed' THEN {sql_text(NOT_PASSED)}")
    is_wanted = (
        f"(symbol IN ({', '.join(map(sql_text, _symbols(wanted)))}) OR contains(symbol, ';') "
        "OR starts_with(symbol, 'ENSG'))"
    )
    reasons.append(f"WHEN {is_wanted} IS NOT TRUE THEN {sql_text(ANOTHER_GENE)}")
    columns = [f"{wanted.sample} AS sample", *(f"c{place} AS n{i}" for i, place in enumerate(named))]
    said = {what: f"c{place}" for what, place in places.items()} | {of.GENE: "symbol"}
    for what, more in wanted.further.items():
        if more:
            said[what] = _first_said([f"c{place}" for place in (places[what], *more)])
    columns += [f"CASE WHEN reason IS NULL THEN {cell} END AS {what}_cell" for what, cell in said.items()]
    rows = f"SELECT {source.line} AS line, COLUMNS('^c[0-9]+$') FROM {source.relation}"  # noqa: S608 (own names)
    symbol = f"upper(trim(c{places[of.GENE]}))"
    if of.ENTREZ in places:
        nothing = ", ".join(map(sql_text, NO_SYMBOL))
        symbol = (
            f"CASE WHEN {symbol} IN ({nothing}) OR {symbol} IS NULL THEN trim(c{places[of.ENTREZ]}) ELSE {symbol} END"
        )
    symbols = f"SELECT *, {symbol} AS symbol FROM ({rows})"  # noqa: S608
    judged_rows = f"SELECT *, CASE {' '.join(reasons)} END AS reason FROM ({symbols})"  # noqa: S608
    return f"SELECT line, reason, {', '.join(columns)} FROM ({judged_rows})"  # noqa: S608


def _first_said(cells: Sequence[str]) -> str:
    """Return SQL of the first cell that says something, the first of all if none does."""
    nothing = ", ".join(map(sql_text, NOTHING))
    said = [f"CASE WHEN upper(trim({cell})) NOT IN ({nothing}) THEN {cell} END" for cell in cells]
    return f"coalesce({', '.join(said)}, {cells[0]})"


def _symbols(wanted: Wanted) -> dict[str, str]:
    """Return each way to name a wanted gene, with the gene."""
    return {one: gene for gene in wanted.genes for one in (gene, *IDENTIFIERS.get(gene, ()))}


def _taken(raw: str, places: Mapping[str, int], wanted: Wanted, n_named: int) -> str:
    """Return SQL of the rows whose gene is wanted: why they are left out all the same, and the call's cells trimmed."""
    cells = {what: f"({trim_sql(f'{what}_cell')})" for what in places}
    symbols = _symbols(wanted)
    known = (
        f"list_filter(string_split(upper({cells[of.GENE]}), ';'), lambda x: list_contains({_listed(symbols)}, x))[1]"
    )
    written = f"coalesce({known}, split_part(upper({cells[of.GENE]}), '.', 1))"
    gene = f"CASE {written} {' '.join(f'WHEN {sql_text(a)} THEN {sql_text(b)}' for a, b in symbols.items())} END"
    reasons = [f"WHEN gene IS NULL THEN {sql_text(ANOTHER_GENE)}"]
    if of.STATUS in cells:
        listed = ", ".join(map(sql_text, NOT_LOADED))
        reasons.append(f"WHEN lower({cells[of.STATUS]}) IN ({listed}) THEN {sql_text(NO_CALL)}")
    filtered = is_filtered("gene", cells.get(of.CLASS), cells.get(of.REGION), wanted.filtered)
    reasons.append(f"WHEN {filtered} THEN {sql_text(NO_CHANGE)}")
    columns = ["line", "sample", "gene", *(f"n{i}" for i in range(n_named))]
    for what in _cells(places)[1:]:
        cell = first_term(cells[what]) if what == of.CLASS and what in cells else cells.get(what, "NULL::VARCHAR")
        columns.append(f"{cell} AS {what}")
    columns += [f"{_vaf(cells)} AS vaf_percent", f"CASE {' '.join(reasons)} END AS reason"]
    genes = f"SELECT *, {gene} AS gene FROM {raw} WHERE reason IS NULL"  # noqa: S608 (own names)
    return f"SELECT {', '.join(columns)} FROM (SELECT * EXCLUDE (reason) FROM ({genes}))"  # noqa: S608


def _listed(values: Iterable[str]) -> str:
    return f"[{', '.join(map(sql_text, values))}]"


def _vaf(cells: Mapping[str, str]) -> str:
    """Return SQL of 100 * t_alt_count / (t_alt_count + t_ref_count), or what depth or share say instead.

    What our own export says counts alone.
    """
    if of.OWN_VAF in cells:
        return cells[of.OWN_VAF]

    def number(what: str) -> str:
        return f"TRY_CAST({cells[what]} AS DOUBLE)" if what in cells else "NULL::DOUBLE"

    alt, depth = number(of.N_ALT), f"coalesce({number(of.N_ALT)} + {number(of.N_REF)}, {number(of.DEPTH)})"
    share = f"CASE WHEN {number(of.SHARE)} BETWEEN 0 AND 1 THEN 100 * {number(of.SHARE)} END"
    percent = f"coalesce(CASE WHEN {depth} > 0 AND {alt} <= {depth} THEN 100 * {alt} / {depth} END, {share})"
    return f"CAST(round({percent}, 4) AS VARCHAR)"


def _judged(con: duckdb.DuckDBPyConnection, raw: str, wanted: Wanted, cells: Sequence[str]) -> pl.DataFrame:
    """Return every distinct call with its variant, result and coding change."""
    found = con.execute(
        f"SELECT DISTINCT {', '.join(cells)} FROM {raw} WHERE reason IS NULL"  # noqa: S608 (own names)
    ).fetchall()
    rows = []
    for row in found:
        said = dict(zip(cells, (cell or "" for cell in row), strict=True))
        call = Call(said["gene"], *(said[what] for what in CALL_CELLS))
        position_says = "" if is_said(call) else _of_position(said, wanted.build)
        is_own = said.get(of.OWN_RESULT) in GENE_RESULT
        one = Judged(said.get(of.OWN_VARIANT) or None, said[of.OWN_RESULT]) if is_own else judged(call, position_says)
        coding = said[of.CODING].rpartition(":")[2] or position_says or None
        rows.append((*row, one.variant, one.result, one.is_silent, coding))
    names = [*cells, "variant", "result", "is_silent", "coding_change"]
    schema = {name: pl.Boolean if name == "is_silent" else pl.String for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _of_position(said: Mapping[str, str], build: str | None) -> str:
    """Return the coding change that the position of a call gives, '' if there is none."""
    gene = gene_symbol(said["gene"])
    if gene not in TRANSCRIPTS or not said[of.START].isdecimal() or not said[of.REF]:
        return ""
    alt = said[of.ALT] if said[of.ALT] not in ("", said[of.REF]) else said[of.ALT1] or said[of.ALT]
    of_file = build_named(said[of.BUILD])
    if said[of.BUILD] and of_file is None:
        raise DeliveryRejected(
            f"Calls of {gene} have a position only, and their NCBI_Build is none of human GRCh37 and GRCh38.",
            "Deliver HGVSp_Short, or lift the file to GRCh38.",
        )
    known = of_file or (build_named(build) if build else None)
    if known is None:
        raise DeliveryRejected(f"Calls of {gene} have a position only, and no build says what it is.", BUILD_CURE)
    try:
        return coding_change(gene, known, int(said[of.START]), said[of.REF], alt) or ""
    except OtherBuild:
        raise DeliveryRejected(
            f"Positions of calls of {gene} are not those of {known}, which the file or site.toml names.",
            "Deliver the file with the build that it has, or with HGVSp_Short.",
        ) from None


def is_build(text: str) -> bool:
    """Return whether the text names a build."""
    return text.strip().lower() in BUILDS
