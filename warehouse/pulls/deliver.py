"""Writes what was pulled into landing/, each file completely or not at all."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from warehouse.pulls.lost_rows import Identities, Lost
from warehouse.pulls.pulled_files import ABSENT, PulledFiles, Row, kind_of
from warehouse.sources.redcap_flat import DELETED_COLUMN
from warehouse.storage.durable_files import atomic_write, durable_rename, fsync
from warehouse.storage.home import PRIVATE_FILE

PART = ".part"


def write_dictionary(site_folder: Path, name: str, text: str) -> None:
    """Put the data dictionary beside site.toml, unless these bytes are there."""
    path, content = site_folder / name, text.encode()
    if not path.is_file() or path.is_symlink() or path.read_bytes() != content:
        atomic_write(path, content)


@contextmanager
def delivered(path: Path) -> Iterator[Callable[[Iterable[Row]], None]]:
    """Provide a function that writes rows; the file is there, complete, once the block has ended without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}{PART}")  # intake passes such names over
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "w", encoding="utf-8", newline=""
        ) as file:
            yield csv.writer(file, lineterminator="\n").writerows
        fsync(part)
        durable_rename(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_lost(
    path: Path,
    files: PulledFiles,
    newest: Mapping[str, int],
    lost: Lost,
    record_id: str,
    header: Sequence[str],
    by: Identities,
) -> None:
    """Write the earlier rows of the records that lost some, under the columns of today, with those lost marked."""
    with delivered(path) as write:
        write([[*header, DELETED_COLUMN]])
        for place, name in enumerate(files.names):
            if kind_of(name) == ABSENT:
                continue
            with files.open(place) as (before, rows):
                if record_id not in before:
                    continue
                at, of_header = before.index(record_id), by.of(before)
                places = [before.index(column) if column in before else -1 for column in header]
                for row in rows:
                    record = row[at]
                    if newest.get(record) != place or (record not in lost.records and record not in lost.identities):
                        continue
                    mark = "1" if lost.is_lost(record, of_header.identity(row)) else ""
                    write([[*(row[i] if i >= 0 else "" for i in places), mark]])
