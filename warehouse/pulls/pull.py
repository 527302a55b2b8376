"""Pulls one source of one site: lists records, takes them page by page, and delivers what is new as files.

A pull is whole (every record) or of changes (records that changed since the last pull began, by dateRangeBegin). Pages
are kept in a private folder until the pull is complete, so that one that was interrupted goes on where it was. Nothing
is delivered before every page has come.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse.archive.archive import Archive
from warehouse.pulls.deliver import delivered, write_dictionary, write_lost
from warehouse.pulls.lost_rows import Lost, Record, earlier_rows, identities
from warehouse.pulls.pull_checks import check_columns, check_lost
from warehouse.pulls.pull_folder import Plan, PullFolder
from warehouse.pulls.pulled_files import ABSENT, CHANGES, STAMP, WHOLE, PulledFiles, name_of
from warehouse.pulls.redcap_api import RedcapApi
from warehouse.pulls.take_pages import pages_of, plan_of, rows_now, take_pages
from warehouse.pulls.targets import Options, Pulled, Target
from warehouse.sources.redcap_dictionary import read_dictionary
from warehouse.storage.home import Home


@dataclass
class _Compared:
    """What came, beside what earlier pulls delivered: records with new rows, and what was lost."""

    taken: set[str]
    lost: Lost


class Pull:
    """One pull of one source. `now` names its files, and is where the next pull of changes begins."""

    def __init__(
        self, home: Home, target: Target, api: RedcapApi, options: Options, now: datetime, say: Callable[[str], None]
    ):
        self._target, self._api, self._options, self._now, self._say = target, api, options, now, say
        self._folder = home.landing / target.site
        self._kept = PullFolder(home, target.site, target.name)
        self._files = PulledFiles(Archive(home), target.site, target.folder)
        self._by = identities(target.feeds)

    def run(self) -> Pulled:
        """Pull and deliver. Raises RegistryError, having delivered nothing, if that cannot be done."""
        text = self._api.dictionary()
        dictionary = read_dictionary(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        record_id = dictionary.record_id
        newest = self._files.newest_of(record_id)
        plan = plan_of(self._kept, self._target, self._api, self._options, record_id, digest, newest, self._now)
        header = take_pages(self._kept, plan, self._api, dictionary, self._say)
        remarks = check_columns(self._api, dictionary, header, self._target) if header else ()
        found = self._compare(plan, newest, record_id)
        if found.lost and not self._target.is_snapshot and not self._options.accepts_deletions:
            check_lost(found.lost, newest, self._target)
        is_new = bool(found.taken or found.lost) or self._kept.state.dictionary != digest
        written: tuple[str, ...] = ()
        write_dictionary(self._folder, self._target.source.dictionary or "", text)  # site.toml may have renamed it
        if is_new:
            written = self._deliver(plan, found, newest, record_id, header)
        self._done(plan)
        return Pulled(written, len(found.taken) if is_new else 0, found.lost.n_records, remarks)

    def _compare(self, plan: Plan, newest: dict[str, int], record_id: str) -> _Compared:
        """Compare what came with what earlier pulls delivered. A whole pull is taken whole if anything differs."""
        lost, now = Lost(), rows_now(self._kept, plan, record_id, self._by)
        gone = set(newest) - set(plan.listed) if plan.listed is not None else set()
        wanted = None if plan.is_whole else {*plan.records, *gone}
        before = earlier_rows(self._files, newest, record_id, self._by, wanted)
        for record in (*plan.records, *sorted(gone)):
            lost.compare(record, before.get(record), now.get(record))
        changed = {record for record, rows in now.items() if not _are_same(before.get(record), rows)}
        is_other = self._kept.state.dictionary != plan.dictionary
        is_taken_whole = plan.is_whole and bool(changed or lost or is_other or not self._files.names)
        return _Compared(set(now) if is_taken_whole else changed, lost)

    def _deliver(
        self, plan: Plan, found: _Compared, newest: dict[str, int], record_id: str, header: Sequence[str] | None
    ) -> tuple[str, ...]:
        """Write the files, that of lost rows first: what follows it says which of their keys are there all the same."""
        stamp, folder, written = self._stamp(), self._folder / self._target.folder, []
        if found.lost and not self._target.is_snapshot:
            written.append(name_of(stamp, ABSENT))
            columns = header or self._files.header
            write_lost(folder / written[-1], self._files, newest, found.lost, record_id, columns, self._by)
        if found.taken and header:
            written.append(name_of(stamp, WHOLE if plan.is_whole else CHANGES))
            with delivered(folder / written[-1]) as write:
                write([header])
                for page in pages_of(self._kept, plan):
                    at = page.header.index(record_id)
                    write(row for row in page.rows if row[at] in found.taken)
        return tuple(written)

    def _stamp(self) -> str:
        """Return the time as it stands in the files' names, later than that of every file before."""
        stamp, newest = self._now.strftime(STAMP), self._files.newest_stamp
        return stamp if stamp > newest else (datetime.strptime(newest, STAMP) + timedelta(seconds=1)).strftime(STAMP)

    def _done(self, plan: Plan) -> None:
        self._kept.note(
            address=plan.address,
            begun=plan.begun,
            listed=plan.begun if plan.listed is not None else self._kept.state.listed,
            dictionary=plan.dictionary,
            problem="",
        )
        self._kept.clear()


def _are_same(before: Record | None, now: Record) -> bool:
    return before is not None and sorted(before.cells) == sorted(now.cells)
