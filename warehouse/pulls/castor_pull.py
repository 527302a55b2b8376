"""Pulls one study from Castor's API and delivers its answers, as they came, as one ZIP.

A pull is always whole: the API gives the study's data only so. The ZIP is delivered if anything in it is new.
"""

import csv
import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from warehouse.pulls.castor_api import CastorApi
from warehouse.pulls.pull_folder import PullFolder
from warehouse.pulls.pulled_files import STAMP
from warehouse.pulls.targets import Pulled, Target, castor_name_of
from warehouse.sources.castor.api_answers import (
    DATA,
    INSTANCE_TITLES,
    INSTANCES,
    NAMES,
    OPTIONS,
    PARTICIPANT_TITLES,
    PARTICIPANTS,
    STRUCTURE,
)
from warehouse.storage.durable_files import durable_rename, fsync
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FILE, PRIVATE_FOLDER, Home

EXPORTS_OF = {STRUCTURE: "structure", OPTIONS: "optiongroups", DATA: "data"}
"""Name in the ZIP -> the export of the API; data last, so that every field of it is in the structure."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the ZIP, so that the same answers are the same bytes."""
PARTS = "castor-"
CHUNK_BYTES = 1 << 20


class CastorPull:
    """One pull of one study. `now` names the ZIP."""

    def __init__(self, home: Home, target: Target, api: CastorApi, now: datetime, say: Callable[[str], None]):
        self._target, self._api, self._now, self._say = target, api, now, say
        self._landing = home.landing / target.site / target.folder
        self._kept = PullFolder(home, target.site, target.name)
        self._folder = self._kept.path

    def run(self) -> Pulled:
        """Pull and deliver. Raises RegistryError, having delivered nothing, if that cannot be done."""
        if not self._target.is_snapshot:
            raise RegistryError(
                f"{self._target.name} of {self._target.site} is pulled whole, and its exports are in mode delta.",
                'Write mode = "snapshot" below each of its exports, so that what was deleted in Castor is withdrawn.',
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        try:
            self._take()
            digest = self._digest()
            written: tuple[str, ...] = ()
            if digest != self._kept.state.dictionary:
                written = (self._deliver(),)
            n_participants = self._n_rows(PARTICIPANTS) if written else 0
            begun = self._now.isoformat()
            self._kept.note(address=self._target.source.api or "", begun=begun, dictionary=digest, problem="")
            return Pulled(written, n_participants)
        finally:
            self._clear()

    def _take(self) -> None:
        for name, export in EXPORTS_OF.items():
            self._say(f"{export}")
            self._api.export(export, self._part(name))
        self._say("participants")
        people = [one for one in self._api.items("participant") if not one.get("archived")]
        self._write(PARTICIPANTS, PARTICIPANT_TITLES, (_participant(one) for one in people))
        visits = self._visits()
        instances = list(self._api.items("repeating-data-instance"))
        names = {_text(one, "id"): _text(one, "name") for one in instances}
        self._write(INSTANCES, INSTANCE_TITLES, (_instance(one, visits | names) for one in instances))

    def _visits(self) -> dict[str, str]:
        """Return the visits of the structure, name by id; none if it does not name them."""
        with open(self._part(STRUCTURE), encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        return {row.get("Form Collection ID") or "": row.get("Form Collection Name") or "" for row in rows}

    def _part(self, name: str) -> Path:
        return self._folder / f"{PARTS}{name}"

    def _write(self, name: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        with open(self._part(name), "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow(titles)
            writer.writerows(sorted(map(tuple, rows)))

    def _n_rows(self, name: str) -> int:
        with open(self._part(name), encoding="utf-8", newline="") as file:
            return sum(1 for row in csv.reader(file, delimiter=";") if row) - 1

    def _digest(self) -> str:
        """Return a hash of all answers."""
        whole = hashlib.sha256()
        for name in NAMES:
            with open(self._part(name), "rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        return whole.hexdigest()

    def _deliver(self) -> str:
        """Write the ZIP into landing/, complete or not at all, and return its name."""
        name = castor_name_of(self._now.strftime(STAMP))
        self._landing.mkdir(parents=True, exist_ok=True)
        part = self._landing / f"{name}.part"  # intake passes such names over
        part.unlink(missing_ok=True)
        try:
            with (
                os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
            ):
                for member in NAMES:
                    about = zipfile.ZipInfo(member, EPOCH)
                    about.compress_type = zipfile.ZIP_DEFLATED
                    with open(self._part(member), "rb") as source, packed.open(about, "w", force_zip64=True) as sink:
                        while chunk := source.read(CHUNK_BYTES):
                            sink.write(chunk)
            fsync(part)
            durable_rename(part, self._landing / name)
        finally:
            part.unlink(missing_ok=True)
        return name

    def _clear(self) -> None:
        for name in NAMES:
            with suppress(OSError):
                self._part(name).unlink(missing_ok=True)


def _participant(one: Mapping) -> tuple[str, str]:
    embedded = one.get("_embedded")
    sites = embedded if isinstance(embedded, dict) else {}
    site = sites.get("site") or sites.get("institute") or {}
    found = site if isinstance(site, dict) else {}
    name = _text(one, "participant_id") or _text(one, "record_id") or _text(one, "id")
    if not name:
        raise RegistryError("The server's list of participants has one without an id.", "Ask Castor's support.")
    return name, _text(found, "abbreviation") or _text(found, "name")


def _instance(one: Mapping, names: Mapping[str, str]) -> tuple[str, str, str]:
    report = _text(one, "repeating_data_name") or _text(one, "report_name")
    return _text(one, "id"), report, names.get(_text(one, "parent_id"), "")


def _text(one: Mapping, key: str) -> str:
    value = one.get(key)
    return value if isinstance(value, str) else ""
