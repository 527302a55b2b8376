"""Pulls one source of kind sql: asks its database, and delivers each answer that differs from the one before as a file.

Nothing is delivered before every answer has come. What was delivered is found in landing/, or in the archive where a
site has cleared its folder, so that an unchanged answer is no delivery.
"""

import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from warehouse.archive.archive import Archive
from warehouse.pulls.api_token import password_of, place_of
from warehouse.pulls.databases.ask import Questions, ask
from warehouse.pulls.databases.queries import queries_of
from warehouse.pulls.databases.reach import Place
from warehouse.pulls.pull_folder import PullFolder
from warehouse.pulls.pulled_files import STAMP
from warehouse.pulls.targets import Pulled, Target
from warehouse.sources.sql_source import NAME, export_of, file_name
from warehouse.storage.durable_files import durable_rename, fsync
from warehouse.storage.errors import RegistryError
from warehouse.storage.file_stamp import sha256_of
from warehouse.storage.home import PRIVATE_FILE, PRIVATE_FOLDER, Home


class SqlPull:
    """One pull of one source. `now` names its files."""

    def __init__(self, home: Home, target: Target, now: datetime, say: Callable[[str], None]):
        self._home, self._target, self._now, self._say = home, target, now, say
        self._site = home.landing / target.site
        self._kept = PullFolder(home, target.site, target.name)

    def run(self) -> Pulled:
        """Pull and deliver. Raises RegistryError, having delivered nothing, if that cannot be done."""
        target = self._target
        if not target.is_snapshot:
            raise RegistryError(
                f"{target.name} of {target.site} is pulled whole, and its exports are in mode delta.",
                'Write mode = "snapshot" below each of its exports, so that what was deleted there is withdrawn.',
            )
        self._kept.path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        questions = self._questions()
        try:
            self._say(", ".join(questions.queries))
            n_rows = ask(questions)
            before = self._delivered()
            new = [one for one in n_rows if sha256_of(questions.file(one)) != before.get(one, ("", ""))[1]]
            stamp = self._stamp(max((name for name, _ in before.values()), default=""))
            files = tuple(self._deliver(questions.file(export), file_name(stamp, export)) for export in new)
            self._kept.note(address=target.source.asked_at, begun=self._now.isoformat(), problem="")
            return Pulled(files, sum(n_rows[export] for export in new))
        finally:
            for export in questions.queries:
                questions.file(export).unlink(missing_ok=True)
            shutil.rmtree(self._kept.path / "duckdb", ignore_errors=True)

    def _questions(self) -> Questions:
        source, site, name = self._target.source, self._target.site, self._target.name
        connection = source.connection or ""
        if source.database == "sqlite":
            connection = str(self._site / connection)  # an absolute path stays as it is
            if not Path(connection).is_file():
                raise RegistryError(
                    f"There is no file where connection of {name} names one.",
                    "Correct its path: absolute, or from the site's folder.",
                )
        place = Place(source.database or "", connection, password_of(self._home, site, name))
        queries = queries_of(self._target, self._site)
        return Questions(
            place, queries, source.most_rows, 60 * source.most_minutes, self._kept.path, place_of(site, name)
        )

    def _delivered(self) -> dict[str, tuple[str, str]]:
        """Return the name and SHA-256 of the newest file of each export."""
        site, folder = self._target.site, self._target.folder
        found = {a.file_name: a.sha256 for a in Archive(self._home).arrivals if (a.site, a.export) == (site, folder)}
        landed = self._site / folder
        found |= {path.name: "" for path in landed.glob("*.parquet") if path.is_file()}
        newest = {export_of(name): name for name in sorted(found) if NAME.fullmatch(name)}
        return {
            export: (name, sha256_of(landed / name) if not found[name] else found[name])
            for export, name in newest.items()
        }

    def _stamp(self, newest: str) -> str:
        """Return the time as it stands in the files' names, later than that of every file before."""
        stamp, before = self._now.strftime(STAMP), newest.partition("_sql_")[0]
        return stamp if stamp > before else (datetime.strptime(before, STAMP) + timedelta(seconds=1)).strftime(STAMP)

    def _deliver(self, answer: Path, name: str) -> str:
        """Copy an answer into landing/, complete or not at all, and return its name."""
        folder = self._site / self._target.folder
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{name}.part"  # intake passes such names over
        part.unlink(missing_ok=True)
        try:
            with (
                os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as sink,
                open(answer, "rb") as source,
            ):
                shutil.copyfileobj(source, sink)
            fsync(part)
            durable_rename(part, folder / name)
        finally:
            part.unlink(missing_ok=True)
        return name
