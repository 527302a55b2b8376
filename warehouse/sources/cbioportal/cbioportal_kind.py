"""Reads sources of kind `cbioportal`: a study folder, which arrives as a ZIP of it. See kinds.py."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from schemas.genotype.genes import gene_symbol
from warehouse.readers.cells import trim_sql
from warehouse.readers.near_names import shown, shown_list
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.cbioportal.sample_states import StateCells, columns_of_states, said_of
from warehouse.sources.cbioportal.specimen_sites import SITE_COLUMNS, specimen_site
from warehouse.sources.cbioportal.study_files import MUTATIONS, PATIENT, SAMPLE, files_of_study
from warehouse.sources.cbioportal.study_table import ONE_ROW, OWN, About, lacks_column, study_table
from warehouse.sources.file_columns import FileColumns, plain
from warehouse.sources.molecular.call_columns import GENE, call_columns, further_columns
from warehouse.sources.molecular.call_table import Wanted, read_calls, table_name
from warehouse.sources.molecular.calls_of_samples import genes_of, made_of_sample, panels_beside
from warehouse.sources.molecular.genotype_rows import Samples, genotype_rows
from warehouse.sources.molecular.lfs_pointers import refuse_pointer
from warehouse.sources.named_columns import named_columns
from warehouse.sources.prepared import ANOTHER_INSTRUMENT, Condition, Prepared
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

USUAL = {"patients": PATIENT, "genotypes": MUTATIONS}
"""Export -> the table that it is taken from if site.toml names no instrument."""


def open_file(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Return the study's tables as one. Raises DeliveryRejected if the file is no study."""
    refuse_pointer(path)
    return study_table(con, path, files_of_study(path), reading)


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: str | None) -> Prepared:
    """Return the rows of the export's table, with what is known of sample and patient; genotypes are made of calls."""
    about = About.from_text(source.about)
    instrument = _instrument(feed, about)
    if PATIENT in about.columns:
        _check_patients(con, source)
    if feed.export == "genotypes" and instrument == MUTATIONS:
        return _genotypes(con, source, feed, about, dictionary)
    places = _named(source, feed)
    filled = replace(source, relation=_filled(source, about, places), line="study_line")
    other = Condition(ANOTHER_INSTRUMENT, f"(c0 = {sql_text(instrument)})")
    return Prepared(filled, (other,))


def _instrument(feed: Feed, about: About) -> str:
    named = feed.mapping.instrument or USUAL.get(feed.export)
    if named is None:
        raise DeliveryRejected(
            f"site.toml does not say of which table of the study {feed.export} are.",
            f'Add instrument = "..." to [exports.{feed.export}]; it has {shown_list(about.columns)}.',
        )
    found = named.strip().lower().removeprefix("data_").removesuffix(".txt")
    if found in about.columns:
        return found
    raise DeliveryRejected(
        f"The study has no table {shown(found)} for {feed.export}; it has {shown_list(about.columns)}.",
        f"Correct instrument in [exports.{feed.export}] of site.toml, or deliver the table.",
    )


def _check_patients(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Raise DeliveryRejected if a patient has two rows, so that it is not known what is filled into other rows."""
    row = con.execute(
        f"SELECT count(*) - count(DISTINCT c1) FROM {source.relation} WHERE c0 = '{PATIENT}' AND c1 IS NOT NULL"  # noqa: S608
    ).fetchone()
    if row and row[0]:
        raise DeliveryRejected(f"{row[0]:,} patients occur twice in the study's table of patients.", ONE_ROW)


def _named(source: Source, feed: Feed) -> list[int]:
    file = FileColumns(source.header)
    return list(dict.fromkeys(file.place(name) for name in named_columns(feed).read_of(source.header)))


def _filled(source: Source, about: About, places: Sequence[int]) -> str:
    """Return the rows; a cell of their own table that is empty has what the sample's or patient's row says."""
    joins, cells = "", {place: f"r.c{place}" for place in range(len(source.header))}
    for table, key, name in ((SAMPLE, 2, "s"), (PATIENT, 1, "p")):
        wanted = [place for place in places if place in about.columns.get(table, ()) and place >= len(OWN)]
        wanted += [place for place in (3, 4) if table == SAMPLE and place in places]
        if not wanted:
            continue
        listed = "".join(f", c{place}" for place in wanted)
        rows = f"(SELECT c{key} AS id{listed} FROM {source.relation} WHERE c0 = '{table}')"  # noqa: S608 (own names)
        joins += f" LEFT JOIN {rows} AS {name} ON {name}.id = r.c{key}"
        for place in wanted:
            cells[place] = f"coalesce({cells[place]}, {name}.c{place})"
    listed = ", ".join(f"{sql} AS c{place}" for place, sql in cells.items())
    rows = f"(SELECT {source.line} AS study_line, COLUMNS('^c[0-9]+$') FROM {source.relation})"  # noqa: S608
    return f"(SELECT r.study_line, {listed} FROM {rows} AS r{joins})"  # noqa: S608


def _genotypes(
    con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, about: About, dictionary: str | None
) -> Prepared:
    own = set(about.columns[MUTATIONS])
    of_calls = [name if place in own else "" for place, name in enumerate(source.header)]
    calls_at = call_columns(of_calls)
    if GENE not in calls_at:
        raise lacks_column("data_mutations.txt", "Hugo_Symbol")
    panels = about.panels
    panels.add(panels_beside(feed, dictionary))
    file = FileColumns(source.header)
    sites = {name: file.place(name) for name in SITE_COLUMNS if name in file}
    of_samples = {plain(source.header[place]) for place in about.columns[SAMPLE]}
    states = columns_of_states(lambda name: name.lower() in of_samples)
    said = [*sites.values(), *(file.place(name) for name in states)]
    named = list(dict.fromkeys([*_named(source, feed), *said, 1, 4]))
    filled = replace(source, relation=_filled(source, about, named), line="study_line")
    genes = genes_of(feed.source)
    others = {ANOTHER_INSTRUMENT: f"c0 <> '{MUTATIONS}'"}
    further = further_columns(of_calls)
    wanted = Wanted(genes, feed.source.build, trim_sql("c2"), about.filtered, others, further)
    calls = read_calls(con, filled, calls_at, wanted, named, table_name(filled.relation, feed.fingerprint))
    rows = _samples(con, filled, named, calls.name)
    found = [said_of(name, state, f"n{named.index(file.place(name))}") for name, state in states.items()]
    tested = tuple(gene_symbol(gene) for gene in feed.source.tested)
    samples = Samples(rows, panels, about.n_rows, tested, states=found)
    filled = replace(filled, remark=" ".join(one for one in (filled.remark, _not_read(con, rows, found)) if one))
    at = {name: f"n{named.index(place)}" for name, place in sites.items()}
    site = specimen_site(at) if at else made_of_sample(feed.source)["specimen_site"]
    made = {"specimen_id": "sample", "specimen_site": site}
    return genotype_rows(con, filled, feed, calls, samples, {n: sql for n, sql in made.items() if n not in file}, genes)


def _not_read(con: duckdb.DuckDBPyConnection, rows: str, states: Sequence[StateCells]) -> str:
    """Return in a sentence, without their words, how many cells of states are not known; '' if all are."""
    if not states:
        return ""
    counts = ", ".join(f"count(*) FILTER ({one.is_unknown})" for one in states)
    row = con.execute(f"SELECT {counts} {rows}").fetchone() or ()
    listed = ", ".join(f"{n:,} of {one.column}" for one, n in zip(states, row, strict=True) if n)
    return f"Cells whose word is not known, so that they give no row: {listed}." if listed else ""


def _samples(con: duckdb.DuckDBPyConnection, filled: Source, named: Sequence[int], calls: str) -> str:
    """Write the samples' rows to a temporary table and return SQL of them."""
    cells = "".join(f", c{place} AS n{i}" for i, place in enumerate(named))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE of_{calls} AS SELECT c2 AS sample, {filled.line} AS line, c4 AS panel_id, "  # noqa: S608
        f"c3 = 'yes' AS is_sequenced{cells} FROM {filled.relation} WHERE c0 = '{SAMPLE}' AND c2 IS NOT NULL"
    )
    return f"FROM of_{calls}"
