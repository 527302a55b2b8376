"""Finds the files of a study in a ZIP of its folder, and unpacks those that are read.

Meta files name the data files ("docs/File-Formats.md" of cBioPortal, read 2026-11-30); where there is none, as in some
copies, the usual names count. Of the many kinds of data clinical tables, timelines, mutations, panels and the case list
of sequenced samples are read.
"""

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from warehouse.readers import size_limits
from warehouse.readers.near_names import shown_list
from warehouse.sources.molecular.lfs_pointers import LOOKED_AT_BYTES, refuse_start
from warehouse.storage.errors import DeliveryRejected

PATIENT, SAMPLE, MUTATIONS, MATRIX, TIMELINE = "clinical_patient", "clinical_sample", "mutations", "matrix", "timeline"
PANEL, REGIONS, SEQUENCED = "panel", "regions", "sequenced"
OF_META = {
    ("CLINICAL", "PATIENT_ATTRIBUTES"): PATIENT,
    ("CLINICAL", "SAMPLE_ATTRIBUTES"): SAMPLE,
    ("CLINICAL", "TIMELINE"): TIMELINE,
    ("MUTATION_EXTENDED", "MAF"): MUTATIONS,
    ("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"): MATRIX,
}
"""genetic_alteration_type and datatype of a meta file -> what its data file is."""
SAMPLE_NAME = re.compile(r"data_clinical(_samples?)?([_.-](?!patient).*)?\.txt")
OF_NAME = (
    (re.compile(r"data_clinical_patients?[_.-].*"), PATIENT),
    (SAMPLE_NAME, SAMPLE),
    (re.compile(r"data_timeline.*"), TIMELINE),
    (re.compile(r"data_mutations.*"), MUTATIONS),
    (re.compile(r"data_gene(_panel)?_matrix.*"), MATRIX),
)
"""Usual names of data files without a meta file."""
PANEL_NAME = re.compile(r"(data_)?gene_?panel(?!_?matrix).*\.txt", re.IGNORECASE)
REGIONS_NAME = re.compile(r"genomic_information.*\.(txt|tsv|csv)", re.IGNORECASE)
META_NAME = re.compile(r"meta_.*\.txt", re.IGNORECASE)
MOST_META_BYTES, CHUNK_BYTES = 64 << 20, 1 << 20
DELIVER_AGAIN = "Deliver the study's folder again, or a ZIP of it without a password."
NO_STUDY = "It holds no study of cBioPortal: neither meta files nor data_clinical_sample.txt."


@dataclass(frozen=True)
class StudyFile:
    """A file that is read: what it is, its name, and where it was unpacked. `meta` is what its meta file says."""

    what: str
    name: str
    path: Path
    meta: Mapping[str, str] = field(default_factory=dict)


def meta_of(text: str) -> dict[str, str]:
    """Return the fields of a meta file or case list, with their keys in lower case.

    >>> meta_of("stable_id: s_sequenced\\ncase_list_ids: A\\tB\\n")["case_list_ids"]
    'A\\tB'
    """
    pairs = (line.partition(":") for line in text.lstrip("\ufeff").splitlines())
    return {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}


def what_is_named(metas: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Return the data files that meta files name, with what they are; only kinds that are read."""
    found = {}
    for meta in metas.values():
        kind = (meta.get("genetic_alteration_type", "").upper(), meta.get("datatype", "").upper())
        what, name = OF_META.get(kind), meta.get("data_filename", "")
        if what is not None and name:
            found[name] = (what, meta)
    return found


def files_of_study(path: Path) -> Sequence[StudyFile]:
    """Return the files of the study that are read. Raises DeliveryRejected if there is no whole study in the ZIP."""
    try:
        with zipfile.ZipFile(path) as parts:
            return _files(parts, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise DeliveryRejected("The ZIP is damaged or only a part of one.", DELIVER_AGAIN) from None
    except RuntimeError:  # zipfile's error for a member with a password
        raise DeliveryRejected("The ZIP has a password.", DELIVER_AGAIN) from None


def _files(parts: zipfile.ZipFile, path: Path) -> list[StudyFile]:
    names = {part.filename.replace("\\", "/"): part for part in parts.infolist() if not part.is_dir()}
    root = _root(names)
    beside = {name[len(root) :]: part for name, part in names.items() if name.startswith(root)}
    metas = {name: meta_of(_text(parts, part)) for name, part in beside.items() if META_NAME.fullmatch(name)}
    named = what_is_named(metas)
    for name in named:
        if name in beside:
            with parts.open(beside[name]) as file:
                refuse_start(file.read(LOOKED_AT_BYTES), name)
    if lacking := [name for name in named if name not in beside]:
        raise DeliveryRejected(
            f"The study lacks {shown_list(lacking)}, which its meta files name.",
            "Put the file into the folder, or remove its meta file.",
        )
    wanted: dict[str, tuple[str, Mapping[str, str]]] = dict(named)
    known = {what for what, _ in named.values()}
    for name in beside:
        for pattern, what in OF_NAME:
            if name not in wanted and pattern.fullmatch(name) and (what not in known or what == TIMELINE):
                wanted[name] = (what, {})
                break
        if PANEL_NAME.fullmatch(PurePosixPath(name).name):
            wanted[name] = (PANEL, {})
        elif REGIONS_NAME.fullmatch(name):
            wanted[name] = (REGIONS, {})
        elif PurePosixPath(name).parent.name == "case_lists":
            meta = meta_of(_text(parts, beside[name]))
            if meta.get("stable_id", "").endswith("_sequenced"):
                wanted[name] = (SEQUENCED, meta)
    return _unpacked(parts, path, {name: (beside[name], *of) for name, of in wanted.items()})


def _root(names: Mapping[str, zipfile.ZipInfo]) -> str:
    """Return the folder within the ZIP in which the study lies."""
    folders = {
        str(PurePosixPath(name).parent)
        for name in names
        if PurePosixPath(name).name.lower().startswith(("meta_study", "data_clinical", "meta_clinical"))
    }
    if not folders:
        raise DeliveryRejected(NO_STUDY, DELIVER_AGAIN)
    if len(folders) > 1:
        raise DeliveryRejected(f"It holds {len(folders)} studies.", "Deliver each study by itself.")
    folder = folders.pop()
    return "" if folder == "." else f"{folder}/"


def _text(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> str:
    size_limits.refuse_beyond(part.file_size, MOST_META_BYTES, DELIVER_AGAIN)
    return parts.read(part).decode("utf-8-sig", "replace")


def _unpacked(
    parts: zipfile.ZipFile, path: Path, wanted: Mapping[str, tuple[zipfile.ZipInfo, str, Mapping[str, str]]]
) -> list[StudyFile]:
    bound = size_limits.bound_of(path.stat().st_size, size_limits.MAX_UNPACKED_BYTES)
    folder = path.with_name(f"study-{path.name}")
    folder.mkdir(exist_ok=True)
    found, written = [], 0
    for number, (name, (part, what, meta)) in enumerate(sorted(wanted.items())):
        target = folder / f"{number}.txt"
        with parts.open(part) as source, open(target, "wb") as sink:
            while chunk := source.read(CHUNK_BYTES):
                written += len(chunk)
                size_limits.refuse_beyond(written, bound, DELIVER_AGAIN)
                sink.write(chunk)
        with open(target, "rb") as file:
            refuse_start(file.read(LOOKED_AT_BYTES), PurePosixPath(name).name)
        found.append(StudyFile(what, PurePosixPath(name).name, target, meta))
    return found
