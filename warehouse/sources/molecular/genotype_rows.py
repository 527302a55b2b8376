"""Makes the rows of the genotypes export of a table of calls, and those of genes in which nothing was found.

A gene without a call is `wild_type` if the sample was sequenced and its panel covers the gene, and `not_tested`
otherwise: no row is no wild type. Each has a line behind the delivered ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from warehouse.readers.near_names import shown
from warehouse.readers.source import Source
from warehouse.sources.file_columns import plain
from warehouse.sources.molecular.call_table import CallTable
from warehouse.sources.molecular.effects import ANOTHER_GENE, NO_CALL, NO_CHANGE, NOT_IN_SAMPLE, NOT_PASSED
from warehouse.sources.molecular.gene_panels import UNKNOWN, GenePanels
from warehouse.sources.prepared import ANOTHER_INSTRUMENT, Condition, Prepared
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

OWN = ("gene", "result", "variant", "vaf_percent", "panel", "assay")
"""Canonical columns that this kind of source says, whatever the file has under such a name."""
OF_SAMPLE = ("patient_id", "specimen_id", "specimen_site")
"""Canonical columns that are made unless the file has one of that name."""
LEFT_OUT = "(left out)"
WORDS = (*("exon2_only", "extended", "ngs"), UNKNOWN)


NUMBER = "tmb_per_mb"
"""Canonical column of a state that is measured, which only rows of states have."""


@dataclass(frozen=True)
class StateRows:
    """What samples say of a state of the tumour: what `gene` calls it, and SQL of its result and its number."""

    gene: str
    result: str
    number: str


@dataclass(frozen=True)
class Samples:
    """What is known of the samples. `relation` is SQL of sample, line, panel_id, is_sequenced and n0, n1, ...

    `n_delivered` rows came with the file, of which an erasure may have left fewer; rows that are made are behind them.
    `tested` are genes for which every sequenced sample without a panel was tested. `makes_rows`: genes without a call
    get rows, and so do `states`, on n0, n1, ..., where their result is not null.
    """

    relation: str
    panels: GenePanels
    n_delivered: int
    tested: Sequence[str] = ()
    makes_rows: bool = True
    states: Sequence[StateRows] = ()


def genotype_rows(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    feed: Feed,
    calls: CallTable,
    samples: Samples,
    made: Mapping[str, str],
    genes: Sequence[str],
) -> Prepared:
    """Return the calls and the rows of other genes as the genotypes export has them.

    `made` is SQL of canonical columns of a sample, on sample and n0, n1, ... Raises DeliveryRejected if site.toml says
    itself what only the calls can say.
    """
    _check_mapping(feed, samples)
    own = (*OWN, *([NUMBER] if samples.states else []))
    invented = [name for name in (*OF_SAMPLE, *own) if name in made or name in own]
    header = [_hidden(name, invented) for name in source.header]
    first = len(header)
    cells = {place: f"n{i}" for i, place in enumerate(calls.named)}
    columns = [f"{cells.get(place, 'NULL::VARCHAR')} AS c{place}" for place in range(first)]
    columns += [f"({made.get(name, name)})::VARCHAR AS c{first + i}" for i, name in enumerate(invented)]
    columns.append(f"reason AS c{first + len(invented)}")
    _tested_table(con, calls, samples, genes)
    rows = f"SELECT file_line, {', '.join(columns)} FROM ({_rows(calls, samples, genes)})"  # noqa: S608 (own names)
    n_made = _count(con, f"rows_{calls.name}") + sum(
        _count(con, f"({samples.relation} WHERE {state.result} IS NOT NULL)") for state in samples.states
    )
    prepared = replace(
        source,
        header=[*header, *invented, LEFT_OUT],
        relation=f"({rows})",
        line="file_line",
        n_records=calls.n_rows + n_made,
        count_again=None,
        labels={},
        remark=" ".join(part for part in (source.remark, _remark(con, calls, samples)) if part),
    )
    place = first + len(invented)
    conditions = [
        Condition(reason, f"(c{place} IS DISTINCT FROM '{reason}')")
        for reason in (ANOTHER_INSTRUMENT, NOT_IN_SAMPLE, NOT_PASSED, ANOTHER_GENE, NO_CALL, NO_CHANGE)
    ]
    return Prepared(prepared, tuple(conditions), invented=(*invented, LEFT_OUT))


def _check_mapping(feed: Feed, samples: Samples) -> None:
    for name in ("gene", "result", "variant"):
        column = feed.mapping.columns.get(name)
        if samples.makes_rows and column is not None and (column.from_ or column.join or column.value is not None):
            raise _is_read(name, feed.source.kind)


def _is_read(name: str, kind: str) -> DeliveryRejected:
    return DeliveryRejected(
        f"exports.genotypes.columns.{name} cannot be given for a source of kind {kind}: also rows of genes without a "
        "call would have it.",
        f"Remove {name} from site.toml; it is read from the calls.",
    )


def _hidden(name: str, invented: Sequence[str]) -> str:
    return f"{name} (as delivered)" if plain(name) in invented else name


def _tested_table(con: duckdb.DuckDBPyConnection, calls: CallTable, samples: Samples, genes: Sequence[str]) -> None:
    """Write the table of samples by gene that have no call, with the panel's word, null if it was not tested."""
    words = pl.DataFrame(samples.panels.rows, schema=["panel_id", "gene", "word"], orient="row")
    if not samples.panels.rows:
        words = pl.DataFrame(schema={"panel_id": pl.String, "gene": pl.String, "word": pl.String})
    con.register("panel_words", words.to_arrow())
    con.register("wanted_genes", pl.DataFrame({"gene": list(genes), "number": range(len(genes))}).to_arrow())
    con.register("tested_genes", pl.DataFrame({"gene": list(samples.tested)}, schema={"gene": pl.String}).to_arrow())
    named = "".join(f", s.n{i}" for i in range(len(calls.named)))
    said = f"CASE WHEN s.panel_id IS NULL AND t.gene IS NOT NULL THEN '{UNKNOWN}' END"
    word = f"CASE WHEN s.is_sequenced THEN coalesce(w.word, {said}) END"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE panels_{calls.name} AS SELECT s.sample, g.gene, s.panel_id, {word} AS word, "  # noqa: S608
        f"s.line, g.number{named} FROM ({samples.relation}) s CROSS JOIN wanted_genes g "
        "LEFT JOIN panel_words w ON w.panel_id = s.panel_id AND w.gene = g.gene "
        "LEFT JOIN tested_genes t ON t.gene = g.gene"
    )
    for name in ("panel_words", "wanted_genes", "tested_genes"):
        con.unregister(name)
    listed = "".join(f", n{i}" for i in range(len(calls.named)))
    has_call = f"SELECT sample, gene FROM {calls.name} WHERE reason IS NULL"  # noqa: S608 (own name)
    line = _line(samples, genes, "number")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE rows_{calls.name} AS SELECT "  # noqa: S608 (own names)
        f"{line} AS file_line, sample, gene, panel_id, word{listed} "
        f"FROM panels_{calls.name} ANTI JOIN ({has_call}) USING (sample, gene) "
        f"WHERE {'true' if samples.makes_rows else 'false'}"
    )


def _line(samples: Samples, genes: Sequence[str], place: str) -> str:
    """Return SQL of the line of a row that is made; `place` is that of its gene or state among them, from 0."""
    return f"{samples.n_delivered} + (line - 1) * {len(genes) + len(samples.states)} + {place} + 1"


def _rows(calls: CallTable, samples: Samples, genes: Sequence[str]) -> str:
    named = "".join(f", n{i}" for i in range(len(calls.named)))
    own = "".join(f", c.n{i}" for i in range(len(calls.named)))
    panel = f"coalesce(p.word, '{UNKNOWN}')" if samples.makes_rows else "p.word"
    no_tests = (*WORDS, *samples.panels.own)
    states = "".join(
        f" UNION ALL SELECT {_line(samples, genes, str(place))}, sample, {sql_text(state.gene)}, {state.result}, "  # noqa: S608
        f"NULL, NULL, NULL, NULL, NULL, {state.number}{named} FROM ({samples.relation}) "
        f"WHERE {state.result} IS NOT NULL"
        for place, state in enumerate(samples.states, start=len(genes))
    )
    return (
        "SELECT c.line AS file_line, c.sample, c.gene, c.result, c.variant, c.vaf_percent, c.reason, "  # noqa: S608
        f"CASE WHEN c.reason IS NULL THEN {panel} END AS panel, {_assay('p.panel_id', no_tests)} AS assay, "
        f"NULL::VARCHAR AS {NUMBER}{own} "
        f"FROM {calls.name} c LEFT JOIN panels_{calls.name} p ON p.sample = c.sample AND p.gene = c.gene "
        "UNION ALL SELECT file_line, sample, gene, CASE WHEN word IS NULL THEN 'not_tested' ELSE 'wild_type' END, "
        f"NULL, NULL, NULL, word, {_assay('panel_id', no_tests)}, NULL{named} FROM rows_{calls.name}{states}"
    )


def _assay(panel_id: str, no_tests: Sequence[str]) -> str:
    """Return SQL of the panel's name as the test's, unless it is one of those that name none."""
    listed = ", ".join(sql_text(name.lower()) for name in no_tests)
    return f"CASE WHEN lower({panel_id}) NOT IN ({listed}) THEN {panel_id} END"


def _remark(con: duckdb.DuckDBPyConnection, calls: CallTable, samples: Samples) -> str:
    """Return in sentences without values how many samples were tested for nothing that is known."""
    if not samples.makes_rows:
        return "No row says which genes were tested, so a gene without a call has no row."
    said = []
    known = set(samples.panels.panels)
    found = con.execute(
        f"SELECT DISTINCT panel_id FROM panels_{calls.name} WHERE panel_id IS NOT NULL ORDER BY 1"  # noqa: S608
    ).fetchall()
    if unknown := [shown(name) for (name,) in found if name not in known]:
        said.append(f"Panels of which no file says the genes, so that nothing counts as tested: {', '.join(unknown)}.")
    row = con.execute(
        f"SELECT count(DISTINCT sample), count(DISTINCT sample) FILTER (word IS NOT NULL) FROM panels_{calls.name}"  # noqa: S608
    ).fetchone()
    n_samples, n_tested = row or (0, 0)
    said.append(f"{n_tested:,} of {n_samples:,} samples are known to be tested for a gene that is read.")
    return " ".join(said)


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (own name)
    return int(row[0]) if row else 0
