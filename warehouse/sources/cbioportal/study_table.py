"""Puts the tables of a study into one: the rows of clinical tables, timelines and mutations, each with its patient.

The column Instrument says of which table a row is. Rows of samples also say whether they are in the case list
`_sequenced` and by which panel they were sequenced. Values such as 1:DECEASED are left as they are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePath

import duckdb
import polars as pl

from warehouse.readers.cells import trim_sql
from warehouse.readers.near_names import shown
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.cbioportal.study_files import (
    MATRIX,
    MUTATIONS,
    PANEL,
    PATIENT,
    REGIONS,
    SAMPLE,
    SEQUENCED,
    TIMELINE,
    StudyFile,
)
from warehouse.sources.file_columns import plain
from warehouse.sources.molecular.calls_of_samples import TCGA
from warehouse.sources.molecular.comment_lines import n_comment_lines
from warehouse.sources.molecular.gene_panels import GenePanels, read_panels
from warehouse.sources.molecular.whole_rows import open_tabbed
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

INSTRUMENT, PATIENT_ID, SAMPLE_ID, IS_SEQUENCED, GENE_PANEL = (
    *("Instrument", "PATIENT_ID", "SAMPLE_ID"),
    *("SEQUENCED", "GENE_PANEL"),
)
OWN = (INSTRUMENT, PATIENT_ID, SAMPLE_ID, IS_SEQUENCED, GENE_PANEL)
NOT_READ = ("mutation_count", "fraction_genome_altered")
"""Columns of the clinical table that cBioPortal computes itself from the study's other files."""
BARCODE, ASSAY = "tumor_sample_barcode", "seq_assay_id"
NO_PANEL = ("NA", "", "N/A")
ONE_ROW = "Keep one row of each."
WHOLE = "Deliver the table whole."


@dataclass(frozen=True)
class About:
    """What is known of a study beside its rows, without a patient's: positions of each table's columns, its panels, and
    the classes of variants that its meta file filters instead of cBioPortal's.
    """

    columns: Mapping[str, Sequence[int]]
    panels: GenePanels
    n_rows: int
    filtered: tuple[str, ...] | None = None

    @property
    def as_text(self) -> str:
        """Return it as JSON."""
        panels = asdict(self.panels)
        return json.dumps({"columns": self.columns, "panels": panels, "n_rows": self.n_rows, "filtered": self.filtered})

    @staticmethod
    def from_text(text: str) -> "About":
        """Return what `as_text` wrote."""
        said = json.loads(text)
        filtered = said["filtered"]
        panels = GenePanels(**said["panels"])
        return About(said["columns"], panels, said["n_rows"], None if filtered is None else tuple(filtered))


@dataclass(frozen=True)
class _Table:
    instrument: str
    file: StudyFile
    source: Source
    places: Mapping[str, int]


def lacks_column(name: str, lacking: str) -> DeliveryRejected:
    """Return the refusal of a study whose file has no such column."""
    return DeliveryRejected(f"{shown(name)} has no column {shown(lacking)}.", WHOLE)


def study_table(con: duckdb.DuckDBPyConnection, path: Path, files: Sequence[StudyFile], reading: Reading) -> Source:
    """Return the study's rows as one table. Raises DeliveryRejected if a table cannot be read, or samples repeat."""
    tables = _tables(files, reading)
    if not any(table.instrument == SAMPLE for table in tables):
        raise DeliveryRejected(
            "The study has no table of samples (data_clinical_sample.txt), so its samples are of no known patient.",
            "Add it to the folder.",
        )
    panels = GenePanels()
    for file in files:
        if file.what in (PANEL, REGIONS):
            panels.add(_panels(file))
    facts = f"samples_{sha256(str(path).encode()).hexdigest()[:16]}"
    remark = _write_samples(con, facts, files, tables, panels, reading)
    header, columns = _header(tables)
    selects, above = [], "0"
    counts: list[int] = []
    for table in tables:
        selects.append(_select(table, header, columns[table.instrument], facts, above))
        n_rows = table.source.n_records or 0
        if table.instrument != MUTATIONS:  # they come last, so that a long file is not counted beforehand
            row = con.execute(f"SELECT count(*) FROM {table.source.relation}").fetchone()  # noqa: S608 (own text)
            n_rows = int(row[0]) if row else 0
            table.source.check_count(n_rows)
        counts.append(n_rows)
        above = str(sum(counts))
    mutations = next((table for table in tables if table.instrument == MUTATIONS), None)
    filtered = None if mutations is None else mutations.file.meta.get("variant_classification_filter")
    about = About(
        columns,
        panels,
        sum(counts),
        None if filtered is None else tuple(one.strip() for one in filtered.split(",") if one.strip()),
    )
    remark = " ".join([remark, *(f"{shown(t.file.name)}: {t.source.remark}" for t in tables if t.source.remark)])
    return Source(
        header,
        f"({' UNION ALL '.join(selects)})",
        "study_line",
        sum(counts),
        partial(_counted_again, tables, counts),
        remark=remark,
        about=about.as_text,
    )


def _counted_again(tables: Sequence[_Table], counts: Sequence[int]) -> int:
    return sum(
        n if table.instrument != MUTATIONS or table.source.count_again is None else table.source.count_again()
        for table, n in zip(tables, counts, strict=True)
    )


def _tables(files: Sequence[StudyFile], reading: Reading) -> list[_Table]:
    order = (PATIENT, SAMPLE, TIMELINE, MUTATIONS)
    found = []
    for file in sorted((f for f in files if f.what in order), key=lambda f: (order.index(f.what), f.name)):
        instrument = PurePath(file.name).stem.lower().removeprefix("data_") if file.what == TIMELINE else file.what
        source = _open(file, reading)
        places = {plain(name): place for place, name in enumerate(source.header)}
        needed = {PATIENT: "patient_id", TIMELINE: "patient_id", SAMPLE: "sample_id", MUTATIONS: BARCODE}[file.what]
        for name in dict.fromkeys((needed, *(["patient_id"] if file.what == SAMPLE else []))):
            if name not in places:
                raise lacks_column(file.name, name.upper())
        found.append(_Table(instrument, file, source, places))
    names = [table.instrument for table in found if table.instrument != MUTATIONS]
    if len(set(names)) < len(names):
        raise DeliveryRejected("The study has two tables of one kind.", "Name one in the meta files.")
    return found


def _open(file: StudyFile, reading: Reading) -> Source:
    own = replace(reading, delimiter="\t", header_row=n_comment_lines(file.path) + 1)
    try:
        return open_tabbed(file.path, own)
    except DeliveryRejected as rejection:
        raise DeliveryRejected(f"{rejection.message} This concerns {shown(file.name)}.", rejection.cure) from None


def _panels(file: StudyFile) -> GenePanels:
    try:
        return read_panels(file.path.read_bytes().decode("utf-8-sig", "replace"))
    except DeliveryRejected as rejection:
        raise DeliveryRejected(f"{rejection.message} This concerns {shown(file.name)}.", rejection.cure) from None


def _header(tables: Sequence[_Table]) -> tuple[list[str], dict[str, list[int]]]:
    """Return the names of all columns, and the positions of each table's."""
    header, columns = list(OWN), dict[str, list[int]]()
    places = {plain(name): place for place, name in enumerate(header)}
    for table in tables:
        own = columns.setdefault(table.instrument, [])
        for name in table.source.header:
            if plain(name) in NOT_READ or not name.strip():
                continue
            if plain(name) not in places:
                places[plain(name)] = len(header)
                header.append(name.strip())
            own.append(places[plain(name)])
    return header, columns


def _cell(table: _Table, name: str) -> str:
    return f"({trim_sql(f't.c{table.places[name]}')})" if name in table.places else "NULL::VARCHAR"


def _sample_of(table: _Table) -> str:
    """Return SQL of the sample of a row; a barcode of TCGA is cut to its sample, as cBioPortal does."""
    if BARCODE not in table.places or table.instrument != MUTATIONS:
        return _cell(table, "sample_id")
    barcode = _cell(table, BARCODE)
    return f"(CASE WHEN regexp_matches({barcode}, {sql_text(TCGA)}) THEN {barcode}[1:15] ELSE {barcode} END)"


def _select(table: _Table, header: Sequence[str], columns: Sequence[int], facts: str, above: str) -> str:
    cells = {
        0: sql_text(table.instrument),
        1: _cell(table, "patient_id"),
        2: _sample_of(table),
        3: "NULL::VARCHAR",
        4: "NULL::VARCHAR",
    }
    joined = ""
    if table.instrument in (SAMPLE, MUTATIONS):
        joined = f" LEFT JOIN {facts} AS f ON f.sample = {cells[2]}"
    if table.instrument == SAMPLE:
        cells |= {3: "CASE WHEN f.is_sequenced THEN 'yes' ELSE 'no' END", 4: "f.panel_id"}
    elif table.instrument == MUTATIONS:
        cells[1] = "f.patient"
    for place in columns:
        if place >= len(OWN):
            cells[place] = f"t.c{table.places[plain(header[place])]}"
    listed = ", ".join(f"{cells.get(i, 'NULL::VARCHAR')} AS c{i}" for i in range(len(header)))
    numbered = f"(SELECT *, {table.source.line} + {above} AS own_line FROM {table.source.relation})"  # noqa: S608
    return f"SELECT own_line AS study_line, {listed} FROM {numbered} AS t{joined}"  # noqa: S608 (own names)


def _write_samples(
    con: duckdb.DuckDBPyConnection,
    facts: str,
    files: Sequence[StudyFile],
    tables: Sequence[_Table],
    panels: GenePanels,
    reading: Reading,
) -> str:
    """Write the temporary table of sample, patient, panel_id and is_sequenced; return what is to be said."""
    table = next(one for one in tables if one.instrument == SAMPLE)
    lists = [file for file in files if file.what == SEQUENCED]
    listed = {one.strip() for file in lists for one in file.meta.get("case_list_ids", "").split("\t") if one.strip()}
    meta = next((one.file.meta for one in tables if one.instrument == MUTATIONS), {})
    matrix = next((file for file in files if file.what == MATRIX), None)
    con.register("listed_samples", pl.DataFrame({"sample": sorted(listed)}, schema={"sample": pl.String}).to_arrow())
    con.register("assays", pl.DataFrame({"id": list(panels.panels)}, schema={"id": pl.String}).to_arrow())
    assay = _cell(table, ASSAY)
    panel = [*(["m.panel_id"] if matrix else []), assay]
    if meta.get("gene_panel"):
        panel.append(f"CASE WHEN l.sample IS NOT NULL THEN {sql_text(meta['gene_panel'])} END")
    is_assay = f"{assay} IN (SELECT id FROM assays)" if panels.are_assays else "false"  # noqa: S608 (own names)
    is_sequenced = "l.sample IS NOT NULL" if lists else f"coalesce({is_assay}, false)"
    sample = _cell(table, "sample_id")
    joined = f" LEFT JOIN {_matrix(matrix, meta, reading)} AS m ON m.sample = {sample}" if matrix else ""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {facts} AS SELECT {sample} AS sample, any_value({_cell(table, 'patient_id')}) "  # noqa: S608
        f"AS patient, any_value(coalesce({', '.join(panel)})) AS panel_id, bool_or({is_sequenced}) AS is_sequenced, "
        f"count(*) AS n FROM {table.source.relation} AS t LEFT JOIN listed_samples AS l ON l.sample = {sample}{joined} "
        "GROUP BY 1"
    )
    row = con.execute(f"SELECT count(*) FILTER (n > 1) FROM {facts} WHERE sample IS NOT NULL").fetchone()  # noqa: S608
    if row and row[0]:
        raise DeliveryRejected(f"{row[0]:,} samples occur twice in {shown(table.file.name)}.", ONE_ROW)
    row = con.execute(f"SELECT count(*) FROM listed_samples l ANTI JOIN {facts} f ON f.sample = l.sample").fetchone()  # noqa: S608
    n_unknown = int(row[0]) if row else 0
    for name in ("listed_samples", "assays"):
        con.unregister(name)
    said = ["Read as a cBioPortal study."]
    if not lists and not panels.are_assays:
        said.append("It has no case list _sequenced, so no sample is known to be sequenced.")
    if n_unknown:
        said.append(f"Samples of the case list that are in no clinical table: {n_unknown:,}.")
    return " ".join(said)


def _matrix(matrix: StudyFile, meta: Mapping[str, str], reading: Reading) -> str:
    """Return SQL of sample and panel_id in the gene-panel matrix, of which NA is no panel."""
    source = _open(matrix, reading)
    places = {plain(name): place for place, name in enumerate(source.header)}
    profile = plain(meta.get("stable_id", "") or "mutations")
    if "sample_id" not in places or profile not in places:
        lacking = "SAMPLE_ID" if "sample_id" not in places else profile
        raise lacks_column(matrix.name, lacking)
    sample, panel = (f"({trim_sql(f'c{places[name]}')})" for name in ("sample_id", profile))
    none = ", ".join(map(sql_text, NO_PANEL))
    return (
        f"(SELECT {sample} AS sample, any_value(CASE WHEN upper({panel}) NOT IN ({none}) THEN {panel} END) "  # noqa: S608
        f"AS panel_id FROM {source.relation} GROUP BY 1)"
    )
