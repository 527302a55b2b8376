"""Brings in a new key: what the archive keeps becomes what it would be, had every file arrived under that key.

Everything is written beside the archive first, archive/rotation.new; the folder's new name, archive/rotation, is the
moment from which on the new key holds. Whatever dies before it has changed nothing; whatever dies after it is finished
by the next command that writes. Files of an archive without pseudonyms get them in the same way.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from schemas.exports import ANSWERS
from warehouse.archive import corrections, thread_log
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival, Tombstone
from warehouse.archive.corrections import Correction
from warehouse.archive.extract_date import extract_date
from warehouse.archive.thread_log import Event
from warehouse.intake import exceptions_file
from warehouse.intake.deliveries import by_file, site_deliveries
from warehouse.pseudonyms import earlier, sealed
from warehouse.pseudonyms.apart import veiled_apart
from warehouse.pseudonyms.check_key import key_ids
from warehouse.pseudonyms.renamed import Renaming, rename_rows, rename_sheet, renaming
from warehouse.pseudonyms.sealed import names_of
from warehouse.pseudonyms.take_in import read_as
from warehouse.pseudonyms.terms import Terms
from warehouse.pseudonyms.veil_sheet import Veiler
from warehouse.queries.answered_entries import check_answers_read, new_entry_ids
from warehouse.redaction.delivered_file import delivered_file
from warehouse.storage.connection import create_schemas, define_terms, open_build, private_files, settings
from warehouse.storage.durable_files import atomic_write, durable_rename, fsync
from warehouse.storage.errors import RegistryError, RowsUnknown
from warehouse.storage.home import PRIVATE_FOLDER, Home
from warehouse.storage.home_settings import home_settings
from warehouse.storage.journal import read_lines
from warehouse.storage.pseudonym_key import KEY_FILE, PseudonymKey, find_key
from workflows.begin_writing import writing

Say = Callable[[str], None]
STAGED, READY = "rotation.new", "rotation"
"""Folders of the archive: what is being written, and what is to be put in place."""
KEY = "new-key"
"""The new key, if it is to lie in the home."""


@dataclass(frozen=True)
class Rotated:
    """How many files were rewritten, and whether the new key lies in the home now."""

    files: int
    is_key_here: bool


def rotate_key(home: Home, new: PseudonymKey, is_for_home: bool, say: Say = lambda _: None) -> Rotated:
    """Bring in the new key; with `is_for_home`, as pseudonyms/key. RefreshRunning if a refresh is running.

    Raises RegistryError if the key in force is missing, or a file of the archive is damaged.
    """
    with writing(home, say):
        archive, old = Archive(home), find_key(home)
        used = key_ids(archive) - {None}
        if used and (old is None or used != {old.key_id}):
            raise RegistryError(
                "The key with which the archive's pseudonyms were made is missing.", "Set it; nothing was changed."
            )
        if old is not None and old.key_id == new.key_id and used:
            raise RegistryError("That is the key in force.", "Make another: `openssl rand -hex 32`.")
        staged = home.archive / STAGED
        shutil.rmtree(staged, ignore_errors=True)
        with private_files():
            (staged / "files").mkdir(parents=True, mode=PRIVATE_FOLDER)
            stage = _Stage(home, archive, old, new, staged, say)
            n_files = stage.files()
            stage.journals()
            stage.names()
            if is_for_home:
                atomic_write(staged / KEY, f"{new.secret.hex()}\n".encode())
        for folder in (*staged.rglob("*"), staged):
            if folder.is_dir():
                fsync(folder)
        durable_rename(staged, home.archive / READY)
        finish_rotation(home)
        return Rotated(n_files, is_for_home)


def finish_rotation(home: Home) -> None:
    """Put in place what a rotation has made ready, if there is any; what it had only begun is removed."""
    shutil.rmtree(home.archive / STAGED, ignore_errors=True)
    ready = home.archive / READY
    if not ready.is_dir():
        return
    for path in sorted((ready / "files").glob("*/*")):
        target = home.archive / "files" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        durable_rename(path, target)
    for name in (thread_log.FILE_NAME, corrections.FILE_NAME, earlier.FILE_NAME, "arrivals.ndjson"):
        if (ready / name).exists():
            durable_rename(ready / name, home.archive / name)
    if (ready / exceptions_file.FILE_NAME).exists():
        durable_rename(ready / exceptions_file.FILE_NAME, exceptions_file.path_of(home).resolve())
    if (ready / KEY).exists():
        home.pseudonyms.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        durable_rename(ready / KEY, home.pseudonyms / KEY_FILE)
    Archive(home).tombstone({})  # deletes the files that no arrival names any more
    _new_build(home)
    shutil.rmtree(ready)
    fsync(home.archive)


def _new_build(home: Home) -> None:
    """Replace the build database by an empty one: its journals name rows by pseudonyms that nobody has any more."""
    new = home.warehouse / "build-new.duckdb"
    new.unlink(missing_ok=True)
    with private_files(), duckdb.connect(str(new), config=settings(home.scratch)) as con:
        create_schemas(con)
        con.execute("CHECKPOINT")
    Path(f"{home.build_database}.wal").unlink(missing_ok=True)
    fsync(new)
    durable_rename(new, home.build_database)
    home.error_report.unlink(missing_ok=True)


@dataclass
class _Stage:
    """One rotation while it is written."""

    home: Home
    archive: Archive
    old: PseudonymKey | None
    new: PseudonymKey
    folder: Path
    say: Say

    def __post_init__(self) -> None:
        self._renamings: dict[str, Renaming] = {}
        self._whose: dict[str, dict[str, str]] = {}
        self._entry_ids: dict[tuple[int, int], str] = {}
        self._without_key: list[pl.DataFrame] = []

    def files(self) -> int:
        """Write every file of the archive under the new key, and the log of arrivals; return how many there were."""
        self._entry_ids = self._new_entry_ids()
        of_files, arrivals, n_files = by_file(site_deliveries(self.archive)), [], 0
        for arrival in self.archive.arrivals:
            if arrival.export == SITE_EXPORT:
                arrivals.append(arrival)
                self._copy(arrival)
                continue
            self.say(f"writing {arrival.site}/{arrival.export}/{arrival.file_name}")
            tombstone = self._file(arrival, of_files.get(arrival.load_no, [arrival]))
            arrivals.append(replace(arrival, tombstone=tombstone))
            n_files += 1
        log = "".join(f"{arrival.as_line}\n" for arrival in arrivals)
        atomic_write(self.folder / "arrivals.ndjson", log.encode())
        return n_files

    def _new_entry_ids(self) -> dict[tuple[int, int], str]:
        """Return the ids of entries that sites have answered, as they are under the new key."""
        asked = [a for a in self.archive.arrivals if a.export == ANSWERS and a.tombstone and a.tombstone.key_id]
        if not asked:
            return {}
        with open_build(self.home) as con:
            check_answers_read(con, self.archive)
            return new_entry_ids(con, {arrival.site: self._renaming_of(arrival).cell for arrival in asked})

    def _copy(self, arrival: Arrival) -> None:
        for _ in self.archive.chunks(arrival):  # raises ArchiveDamaged
            pass

    def _file(self, arrival: Arrival, of_file: list[Arrival]) -> Tombstone:
        before = arrival.tombstone
        if arrival.content_sha256 is None:
            assert before is not None
            return replace(before, key_id=self.new.key_id)
        with self.archive.plain(arrival) as path:
            if before is not None and before.key_id is not None:
                target = path.with_name("renamed")
                how = self._renaming_of(arrival)
                if arrival.export == ANSWERS:
                    ids = {line: new for (load, line), new in self._entry_ids.items() if load == arrival.load_no}
                    rename_sheet(path, how, target, ids)
                else:
                    with duckdb.connect(config=settings(self.home.scratch)) as con:
                        rename_rows(con, path, how, target)
                kept = self._keep(target)
                names = sealed.names_in(target, how.new_names)
                sealed.write_identifiers(self.home, self.new, kept, names, self.folder)
                self._original(arrival)
                return replace(before, kept_sha256=kept, key_id=self.new.key_id)
            return self._veiled(arrival, of_file, path)

    def _veiled(self, arrival: Arrival, of_file: list[Arrival], path: Path) -> Tombstone:
        """Give a file its first pseudonyms."""
        before, asked = arrival.tombstone, home_settings(self.home)
        extract = extract_date(arrival.file_name, arrival.arrived_at)
        file = delivered_file(self.archive, of_file)
        terms = Terms(arrival.site, extract, asked.free_text, self._whose.get(arrival.site, {}))
        try:
            rest = veiled_apart(self.home, self.new, path, file, terms, is_kept=before is not None)
        except RowsUnknown as unknown:
            rest = None
            reason: str | None = unknown.message
        kept = None
        if rest is not None:
            reason = rest.reason
            if rest.path is not None:
                kept = self._keep(rest.path)
                sealed.write_identifiers(self.home, self.new, kept, rest.names, self.folder)
                self._whose.setdefault(arrival.site, {}).update(rest.names.iter_rows())
                self._without_key.append(earlier.without_key(arrival.site, rest.names))
        if asked.keep_originals and before is None:
            sealed.write_original(self.home, self.new, arrival.sha256, self.archive.chunks(arrival), self.folder)
        return Tombstone(
            before.rows if before else 0,
            before.erased_at if before else arrival.arrived_at,
            kept,
            reason,
            self.new.key_id,
            read_as(of_file),
        )

    def _keep(self, path: Path) -> str:
        blob, sha256 = self.archive.packed(path)
        target = self.folder / "files" / sha256[:2] / blob.with_stem(sha256).name
        target.parent.mkdir(exist_ok=True)
        durable_rename(blob, target)
        return sha256

    def _original(self, arrival: Arrival) -> None:
        assert self.old is not None
        chunks = sealed.original(self.home, self.old, arrival.sha256)
        if chunks is not None:
            sealed.write_original(self.home, self.new, arrival.sha256, chunks, self.folder)

    def _renaming_of(self, arrival: Arrival) -> Renaming:
        if arrival.site not in self._renamings:
            assert self.old is not None
            names = names_of(self.home, self.old, arrival.site)
            self._renamings[arrival.site] = renaming(self.old, self.new, arrival.site, names)
        return self._renamings[arrival.site]

    def names(self) -> None:
        """Write how everything was called until now, by which an erasure and what left before are known."""
        today = [earlier.under_key(site, how.names) for site, how in sorted(self._renamings.items())]
        names = pl.concat([earlier.read(self.home), *today, *self._without_key])
        if not names.is_empty():
            earlier.write(self.new, names, self.folder / earlier.FILE_NAME)

    def journals(self) -> None:
        """Write what people recorded about rows and patients under the new key."""
        made = [self._correction(one) for one in corrections.read(self.home)]
        if made:
            self._write(corrections.FILE_NAME, [one.as_line for one in made])
        events = read_lines(thread_log.path_of(self.home), Event.of_line)
        if events:
            with duckdb.connect() as con:
                define_terms(con)
                self._write(thread_log.FILE_NAME, [self._event(con, one).as_line for one in events])
        path = exceptions_file.path_of(self.home)
        if path.exists():
            notes = exceptions_file.read(self.home).notes
            changed = tuple(replace(note, key=self._note_key(note)) for note in notes)
            if changed != notes:
                atomic_write(self.folder / exceptions_file.FILE_NAME, exceptions_file.as_text(changed).encode())

    def _write(self, name: str, lines: list[str]) -> None:
        atomic_write(self.folder / name, "".join(f"{line}\n" for line in lines).encode())

    def _key(self, site: str, export: str, key: str) -> str:
        if site in self._renamings:
            return self._renamings[site].in_text(key)
        return Veiler(self.new, site).key(export, key)

    def _correction(self, one: Correction) -> Correction:
        key = tuple(self._key(one.site, one.export, corrections.BAR.join(one.key)).split(corrections.BAR))
        old, new = (self._key(one.site, "patients", number) if number else "" for number in (one.old, one.new))
        return replace(one, key=key if one.key else (), old=old, new=new)

    def _event(self, con: duckdb.DuckDBPyConnection, one: Event) -> Event:
        if not one.key:
            return one
        key = self._key(one.site, one.export, one.key)
        asked = [one.site, one.export, key, one.rule_id, one.column_name]
        row = con.execute("SELECT thread_of(?, ?, ?, ?, ?)", asked).fetchone()
        return replace(one, key=key, thread=str(row[0]) if row else one.thread)

    def _note_key(self, note: exceptions_file.Note) -> str | None:
        if note.key is None or note.site is None:
            return note.key
        from warehouse.pseudonyms.typed import exports_of_rule

        found = {self._key(note.site, export, note.key) for export in exports_of_rule(note.rule_id, note.key)}
        return found.pop() if len(found) == 1 else note.key
