"""Recognises files of variant calls, and what a site.toml says of them: studies of cBioPortal, MAF and VCF.

Their columns are known to the kinds that read them, so no word of a header is looked up; what only the site knows, such
as what was tested, is asked.
"""

import gzip
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse.proposals.encodings import encoding_of
from warehouse.proposals.entry import Entry, Question, Table
from warehouse.proposals.sample_names import WHOLE_NAME, name_patients, pattern_of
from warehouse.proposals.site_sources import free_name
from warehouse.sources.molecular.call_columns import (
    ANNOVAR,
    BUILD,
    CODING,
    GENE,
    PROTEIN,
    SAMPLE,
    START,
    call_columns,
)
from warehouse.sources.molecular.calls_of_samples import OF_NOBODY
from warehouse.sources.molecular.comment_lines import COMMENT
from warehouse.sources.vcf.vcf_header import FIRST_LINE, read_header
from warehouse.storage.errors import DeliveryRejected

SIGNS = (",", ";")
"""Signs that part the cells of a MAF that was saved as CSV."""
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
STUDY_FILES = ("data_clinical", "data_mutations", "genomic_information")
LOOKED_AT_BYTES = 1 << 20
READ_AS = {"cbioportal": "cBioPortal study", "maf": "MAF", "vcf": "VCF"}
TESTED = "No row is no wild type: if every sample was tested for these genes, or a panel's file says it, take one."
WHOSE = "If the patient is a part of the sample's name, take this and correct the pattern."
SAME = "No part of the samples' names tells patients apart. If they are the patients' own names, take this."
ONE_SAMPLE = "No column says of which sample the rows are. Take these and correct them."
OF_BUILD = "The positions are of a genome that the file does not name. Take the one that they are of."


@dataclass(frozen=True)
class CallsFile:
    """A file of variant calls, or a study's folder. `has_samples`: a column or the header says whose the calls are.

    `samples` are their names, as far as the file was looked at. `needs_build`: calls are known by their position alone,
    and the file does not say of which genome.
    """

    folder: str
    file_name: str
    kind: str
    has_samples: bool = True
    samples: tuple[str, ...] = ()
    needs_build: bool = False
    encoding: str = "utf-8"

    @property
    def read_as(self) -> str:
        """Return in a few words what it is."""
        return READ_AS[self.kind]


def is_whole_study(folder: Path) -> bool:
    """Return whether the folder holds the files of a study."""
    names = [entry.name.lower() for entry in folder.iterdir()]
    return "meta_study.txt" in names or any(name.startswith(STUDY_FILES) for name in names)


def calls_file(path: Path, site_folder: Path) -> CallsFile | None:
    """Return what a file or folder of the site is, None if it is no file of variant calls."""
    folder, name = path.parent.name, path.name
    if path.is_dir():  # a study's own, or the source's
        return CallsFile(name if path.parent == site_folder else folder, name, "cbioportal")
    if path.parent == site_folder:
        return None
    try:
        with open(path, "rb") as file:
            start = file.read(len(ZIP))
        if start == ZIP:
            return CallsFile(folder, name, "cbioportal") if _is_study_zip(path) else None
        packed = start.startswith(GZIP)
        with gzip.open(path, "rb") if packed else open(path, "rb") as file:
            content = file.read(LOOKED_AT_BYTES)
    except (OSError, EOFError, zipfile.BadZipFile):
        return None
    encoding = encoding_of(content).name
    lines = content.decode(encoding, "replace").removeprefix("\ufeff").splitlines()
    if lines and lines[0].startswith(FIRST_LINE):
        return _vcf(folder, name, lines)
    return _maf(folder, name, lines, encoding)


def _vcf(folder: str, name: str, lines: Sequence[str]) -> CallsFile:
    with suppress(DeliveryRejected):
        header = read_header(lines)
        samples = tuple(header.names[place] for place in header.tumours)
        is_known = header.build is not None or header.is_annotated
        return CallsFile(folder, name, "vcf", bool(samples) and all(samples), samples, needs_build=not is_known)
    return CallsFile(folder, name, "vcf")


def _is_parted(header: str, sign: str) -> bool:
    """Return whether another sign than a tab parts a header with both of MAF's own names, which no other table has."""
    names = {cell.strip('" ').lower() for cell in header.split(sign)}
    return names >= {"hugo_symbol", "tumor_sample_barcode"}


def _maf(folder: str, name: str, lines: Sequence[str], encoding: str) -> CallsFile | None:
    texts = [line for line in lines if line and not line.startswith(COMMENT.decode())]
    sign = next((one for one in SIGNS if texts and _is_parted(texts[0], one)), "\t")
    rows = [line.split(sign) for line in texts]
    header = [cell.strip('" ') for cell in rows[0]] if rows else []
    found = call_columns(header)
    if GENE not in found or not (ANNOVAR in found or (SAMPLE in found and (PROTEIN in found or START in found))):
        return None
    place = found.get(SAMPLE)
    samples = [row[place].strip('" ') for row in rows[1:-1] or rows[1:] if place is not None and place < len(row)]
    named = [sample for sample in samples if sample.lower() not in OF_NOBODY]
    return CallsFile(
        folder,
        name,
        "maf",
        SAMPLE in found and (bool(named) or not samples),
        tuple(dict.fromkeys(sample for sample in named if sample)),
        needs_build=not found.keys() & {BUILD, PROTEIN, CODING, ANNOVAR},
        encoding=encoding,
    )


def _is_study_zip(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts:
        names = [name.rpartition("/")[2].lower() for name in parts.namelist()]
    return "meta_study.txt" in names or any(name.startswith(STUDY_FILES) for name in names)


def call_tables(files: list[CallsFile], taken: set[str], has_genotypes: bool) -> list[Table]:
    """Return the tables of the sources, and of the genotypes export unless another source feeds it already.

    `taken` are names of other sources. A folder with files of two kinds becomes two sources.
    """
    by_source: dict[tuple[str, str], list[CallsFile]] = {}
    for file in files:
        by_source.setdefault((file.folder, file.kind), []).append(file)
    tables, names = list[Table](), list[str]()
    folders = [folder for folder, _ in by_source]
    for (folder, kind), of_source in by_source.items():
        name = free_name(folder if folders.count(folder) == 1 else f"{folder}_{kind}", {*taken, *names})
        names.append(name)
        shares = folders.count(folder) > 1
        entries = [
            Entry("kind", kind),
            Entry("folder", folder if folder != name else None),
            Entry("files", sorted({file.file_name for file in of_source}) if shares else None),
        ]
        encodings = [file.encoding for file in of_source if file.encoding != "utf-8"]
        entries.append(Entry("encoding", encodings[0] if encodings else None))
        table = Table(f"[sources.{name}]", [entry for entry in entries if entry.value is not None])
        if kind != "cbioportal":
            table.entries += _asked(of_source)
        tables.append(table)
    if not has_genotypes:
        export = Table("[exports.genotypes]", [Entry("source", names[0] if len(names) == 1 else names)])
        if all(file.kind == "cbioportal" for file in files):
            export.entries.append(Entry("mode", "snapshot"))
        tables.append(export)
        if not all(file.has_samples for file in files):
            one = (("patient_id", {"value": "P-001"}), ("specimen_id", {"value": "P-001-T1"}))
            questions = (Question(ONE_SAMPLE, one),)
            tables.append(Table("[exports.genotypes.columns]", [Entry("specimen_id", questions=questions)]))
    return tables


def _asked(of_source: Sequence[CallsFile]) -> list[Entry]:
    """Return what only the site knows of a source: what was tested, the patients, and the genome if no file says it."""
    answers = (("tested", ["KRAS", "NRAS", "BRAF"]), ("dictionary", "panel.txt"))
    asked = [Entry("tested", questions=(Question(TESTED, answers),))]
    samples = [sample for file in of_source for sample in file.samples]
    if all(file.has_samples for file in of_source) and not name_patients(samples):
        found = pattern_of(samples)
        reason = SAME if found == WHOLE_NAME else WHOSE
        asked.append(Entry("patient_in_sample", questions=(Question(reason, (("patient_in_sample", found),)),)))
    if any(file.needs_build for file in of_source):
        builds = (("build", "GRCh37"), ("build", "GRCh38"))
        asked.append(Entry("build", questions=(Question(OF_BUILD, builds),)))
    return asked
