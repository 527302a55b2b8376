"""Prepares a table of calls that knows its samples only from its own rows: MAF, ANNOVAR's tables and VCF."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from schemas.genotype.genes import gene_symbol
from warehouse.readers.cells import trim_sql
from warehouse.readers.near_names import shown
from warehouse.readers.source import Source
from warehouse.sources.cell_steps import as_compared, compared
from warehouse.sources.file_columns import FileColumns
from warehouse.sources.molecular import call_columns as of
from warehouse.sources.molecular.call_columns import call_columns, further_columns
from warehouse.sources.molecular.call_table import GENES, CallTable, Wanted, read_calls, table_name
from warehouse.sources.molecular.gene_panels import GenePanels, read_panels
from warehouse.sources.molecular.genotype_rows import Samples, genotype_rows
from warehouse.sources.molecular.other_tables import refuse_other_tables
from warehouse.sources.named_columns import named_columns
from warehouse.sources.named_dictionary import named_dictionary
from warehouse.sources.prepared import Prepared
from warehouse.sources.site_mapping import Feed
from warehouse.sources.source_settings import SourceSettings
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

TCGA = "^(TCGA[-.][A-Z0-9]{2}[-.][A-Z0-9]{4})[-.]([0-9]{2})"
"""A barcode of TCGA: patient, then the type of the sample, of which 01 is a primary tumour (GDC, TCGA barcode)."""
TCGA_PATIENT = "^TCGA[-.][A-Z0-9]{2}[-.][A-Z0-9]{4}([-.]|$)"
"""The same, or what some files have instead of it: the patient's part alone."""
OF_NOBODY = ("tumor", "__unknown__")
"""Names of samples that vcf2maf and Funcotator write for any patient if nobody told them one."""

OF_A_CALL = ("vaf_percent", "variant", "tmb_per_mb")
"""Canonical columns that rows of genes without a call have nothing in."""


def prepare_samples(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: str | None) -> Prepared:
    """Return the calls, and rows of genes without one if it is said what was tested."""
    places = call_columns(source.header)
    if of.GENE not in places:
        refuse_other_tables(source.header)
        raise DeliveryRejected(
            "The file has no column Hugo_Symbol, so it is no table of variant calls.",
            "Deliver a MAF with Hugo_Symbol and Tumor_Sample_Barcode, or ANNOVAR's table with Gene.refGene.",
        )
    settings = feed.source
    sample = _sample(source, feed, places)
    genes = genes_of(settings)
    named = _named(source, feed, places)
    wanted = Wanted(genes, settings.build, sample, further=further_columns(source.header))
    calls = read_calls(con, source, places, wanted, named, table_name(source.relation, feed.fingerprint))
    panels = panels_beside(feed, dictionary)
    samples = Samples(
        _samples(source, feed, calls, places, panels),
        panels,
        int(source.about),
        tuple(gene_symbol(gene) for gene in settings.tested),
        makes_rows=bool(settings.tested) or dictionary is not None,
    )
    own = FileColumns(source.header)
    made = {name: sql for name, sql in made_of_sample(settings).items() if name not in own}
    if "patient_id" in made and "patient_id" not in feed.mapping.columns:
        said = _of_nobody(con, calls, made["patient_id"])
        source = replace(source, remark=" ".join(part for part in (source.remark, said) if part))
    return genotype_rows(con, source, feed, calls, samples, made, genes)


def _of_nobody(con: duckdb.DuckDBPyConnection, calls: CallTable, patient: str) -> str:
    """Return in a sentence how many samples name no patient, and what says it; '' if all do."""
    names = f"SELECT DISTINCT sample FROM {calls.name}"  # noqa: S608 (own name)
    row = con.execute(f"SELECT count(*), count(*) FILTER (({patient}) IS NULL) FROM ({names})").fetchone()  # noqa: S608
    n_samples, n_unknown = row or (0, 0)
    if not n_unknown:
        return ""
    return (
        f"{n_unknown:,} of {n_samples:,} samples name no patient: write patient_in_sample for this source, or "
        "patient_id into [exports.genotypes.columns]."
    )


def counted(con: duckdb.DuckDBPyConnection, source: Source) -> Source:
    """Return a table that says itself how many rows it was delivered with.

    A table that says something of itself is kept as rows alone after an erasure, without what is above its header.
    """
    n_rows = source.n_records
    if n_rows is None:
        row = con.execute(f"SELECT count(*) FROM {source.relation}").fetchone()  # noqa: S608 (own text)
        n_rows = int(row[0]) if row else 0
    return replace(source, about=str(n_rows))


def panels_beside(feed: Feed, dictionary: str | None) -> GenePanels:
    """Return the panels in the file beside site.toml. Raises DeliveryRejected, which names the file, if it has none."""
    with named_dictionary(feed):
        return GenePanels() if dictionary is None else read_panels(dictionary)


def genes_of(settings: SourceSettings) -> tuple[str, ...]:
    """Return the genes whose calls are taken."""
    found = (*map(gene_symbol, settings.genes or GENES), *map(gene_symbol, settings.tested))
    return tuple(dict.fromkeys(found))


def made_of_sample(settings: SourceSettings) -> dict[str, str]:
    """Return SQL of patient, specimen and its site, which a sample's name tells."""
    is_tcga = f"regexp_matches(sample, {sql_text(TCGA)})"
    made = {
        "specimen_id": f"CASE WHEN {is_tcga} THEN replace(sample[1:15], '.', '-') ELSE sample END",
        "specimen_site": f"CASE WHEN {is_tcga} AND sample[14:15] = '01' THEN 'primary' ELSE 'unknown' END",
    }
    if settings.patient_in_sample:
        pattern = sql_text(settings.patient_in_sample)
        group = 1 if "(" in settings.patient_in_sample else 0
        made["patient_id"] = f"nullif(regexp_extract(sample, {pattern}, {group}), '')"
    else:
        is_patient = f"regexp_matches(sample, {sql_text(TCGA_PATIENT)})"
        made["patient_id"] = f"CASE WHEN {is_patient} THEN replace(sample[1:12], '.', '-') END"
    return made


def _sample(source: Source, feed: Feed, places: Mapping[str, int]) -> str:
    """Return SQL of a row's sample: what site.toml reads as specimen_id, or else the file's own column."""
    column, file = feed.mapping.columns.get("specimen_id"), FileColumns(source.header)
    if column is not None and column.from_ and (found := file.first(column.from_)):
        return trim_sql(f"c{file.place(found)}")
    if column is not None and column.join:
        parts = [trim_sql(f"c{file.place(name)}") for name in column.join]
        return f" || {sql_text(column.with_)} || ".join(f"({part})" for part in parts)
    if column is not None and column.value is not None:
        return sql_text(column.value)
    if of.SAMPLE in places:
        name = trim_sql(f"c{places[of.SAMPLE]}")
        return f"CASE WHEN lower({name}) NOT IN ({', '.join(map(sql_text, OF_NOBODY))}) THEN {name} END"
    raise DeliveryRejected(
        "The file has no column Tumor_Sample_Barcode, so the samples are unknown.",
        "Write specimen_id into [exports.genotypes.columns]: a column, or a value for a file of one sample.",
    )


def _named(source: Source, feed: Feed, places: Mapping[str, int]) -> Sequence[int]:
    """Return the positions of columns that site.toml names, and of the panel's, none of them twice."""
    file = FileColumns(source.header)
    read = [file.place(name) for name in named_columns(feed).read_of(source.header)]
    return list(dict.fromkeys([*read, *([places[of.PANEL_ID]] if of.PANEL_ID in places else [])]))


def _samples(source: Source, feed: Feed, calls: CallTable, places: Mapping[str, int], panels: GenePanels) -> str:
    """Return SQL of the samples of a table: the panel is in a column, or the only one that is known."""
    panel = "NULL::VARCHAR"
    if of.PANEL_ID in places:
        panel = f"trim(n{list(calls.named).index(places[of.PANEL_ID])})"
    elif len(panels.panels) == 1:
        panel = sql_text(next(iter(panels.panels)))
    elif panels.panels:
        raise DeliveryRejected(
            f"There are {len(panels.panels):,} panels, such as {shown(next(iter(panels.panels)))}, and the file has no "
            "column SEQ_ASSAY_ID or GENE_PANEL that says which a sample was tested with.",
            "Add that column, or name a dictionary with one panel.",
        )
    named = "".join(f", {sql} AS n{i}" for i, sql in enumerate(_of_sample(source, feed, calls, places)))
    return (
        f"SELECT sample, min(line) AS line, arg_min({panel}, line) AS panel_id, true AS is_sequenced{named} "  # noqa: S608
        f"FROM {calls.name} WHERE sample IS NOT NULL GROUP BY sample"
    )


def _of_sample(source: Source, feed: Feed, calls: CallTable, places: Mapping[str, int]) -> list[str]:
    """Return SQL of each named column for a sample as a whole: its first cell, none if the column is of one call.

    Of a column that `where` asks, a cell that meets it: one call that is left out does not leave out the sample.
    """
    file, mapping = FileColumns(source.header), feed.mapping
    of_call = {places[what] for what in of.OF_ONE_CALL if what in places}
    for name in OF_A_CALL:
        column = mapping.columns.get(name)
        of_call |= {file.place(one) for one in (column.from_ if column else ()) if one in file}
    wanted = {file.place(name): [as_compared(cell) for cell in cells] for name, cells in mapping.where.items()}
    found = []
    for i, place in enumerate(calls.named):
        if place in wanted:
            listed = ", ".join(map(sql_text, wanted[place]))
            met = f"min(n{i}) FILTER ({compared(f'trim(n{i})', wanted[place])} IN ({listed}))"
            found.append(f"coalesce({met}, arg_min(n{i}, line))")
        else:
            found.append("NULL::VARCHAR" if place in of_call else f"arg_min(n{i}, line)")
    return found
