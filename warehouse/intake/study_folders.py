"""Finds the study folders of cBioPortal sources in landing/: each is one delivery, whatever the number of its files.

A study's files may lie directly in the source's folder, or in a folder of their own in it; a ZIP of a study is a file
like any other. A study whose meta files name a file that is not there yet is still being copied.
"""

from pathlib import Path

from warehouse.readers.near_names import shown
from warehouse.storage.errors import NotWhole
from warehouse.storage.packed_folder import IGNORED_PREFIXES, files_within

MOST_META_BYTES = 1 << 20
PARTS = ("meta_", "data_", "case_lists", "genomic_information", "gene_panel")


def is_study(folder: Path) -> bool:
    """Return whether the folder holds files that are named like a study's."""
    try:
        return any(entry.name.lower().startswith(PARTS) for entry in folder.iterdir())
    except OSError:
        return False


def check_whole(folder: Path) -> None:
    """Raise NotWhole if a file is lacking that a meta file names, or there is no table of samples yet."""
    from warehouse.sources.cbioportal.study_files import META_NAME, SAMPLE, SAMPLE_NAME, meta_of, what_is_named

    names = dict(files_within(folder))
    metas = {}
    for name, entry in names.items():
        if META_NAME.fullmatch(name) and entry.stat().st_size <= MOST_META_BYTES:
            metas[name] = meta_of(Path(entry.path).read_bytes().decode("utf-8-sig", "replace"))
    named = what_is_named(metas)
    lacking = sorted(name for name in named if name not in names)
    has_samples = any(what == SAMPLE for what, _ in named.values()) or any(map(SAMPLE_NAME.fullmatch, names))
    if lacking or not has_samples:
        what = lacking[0] if lacking else "a table of samples"
        raise NotWhole(f"The study is not whole: {shown(what)} is not there yet. It waits.")


def lies_open(folder: Path) -> bool:
    """Return whether the files of a study lie directly in the source's folder; a ZIP there is a delivery of its own."""
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(IGNORED_PREFIXES)]
    except OSError:
        return False
    return any(entry.is_file() and not entry.name.lower().endswith(".zip") for entry in entries)
