"""Plans a pull, takes its pages from the API, and keeps them until the pull is complete."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from warehouse.pulls.lost_rows import Identities, Record
from warehouse.pulls.pages import Page, read_page
from warehouse.pulls.pull_folder import Plan, PullFolder
from warehouse.pulls.redcap_api import RedcapApi
from warehouse.pulls.targets import Options, Target
from warehouse.sources.redcap_dictionary import Dictionary
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError

OVERLAP = timedelta(days=1)
"""How far before the start of the last pull the next one asks: REDCap compares with its own clock, in its own zone."""
LIST_EVERY = timedelta(days=7)
"""How often all record ids are compared with those that were pulled."""
NO_RECORDS = "The project has no records, or the token's user may not see them; nothing was delivered."
SEE_RIGHTS = "Check in REDCap the user's export rights and data access group."


def plan_of(
    kept: PullFolder,
    target: Target,
    api: RedcapApi,
    options: Options,
    record_id: str,
    dictionary_hash: str,
    known: Collection[str],
    now: datetime,
) -> Plan:
    """Return the plan of an interrupted pull if it is still the one to make, else a new one."""
    state, address = kept.state, target.source.api or ""
    is_whole = options.is_whole or target.is_snapshot or not (known and state.begun)
    is_whole = is_whole or state.dictionary != dictionary_hash
    before = kept.unfinished(now)
    if before and (before.address, before.dictionary, before.is_whole) == (address, dictionary_hash, is_whole):
        return before
    is_due = is_whole or not state.listed or now - datetime.fromisoformat(state.listed) >= LIST_EVERY
    listed = tuple(api.record_ids(record_id)) if is_due else None
    if is_due and not listed:
        raise RegistryError(NO_RECORDS, SEE_RIGHTS)
    records = listed
    if not is_whole:
        changed = api.record_ids(record_id, datetime.fromisoformat(state.begun) - OVERLAP)
        records = tuple(dict.fromkeys([*changed, *(one for one in listed or () if one not in known)]))
    begun = now.isoformat(timespec="seconds")
    plan = Plan(begun, is_whole, address, dictionary_hash, records or (), options.page_records, listed)
    kept.begin(plan)
    return plan


def take_pages(
    kept: PullFolder, plan: Plan, api: RedcapApi, dictionary: Dictionary, say: Callable[[str], None]
) -> Sequence[str] | None:
    """Pull the pages that are not there yet, and return the header of all, None if there are no records."""
    header: Sequence[str] | None = None
    pages = plan.pages
    for number, records in enumerate(pages):
        file = kept.page(number)
        if file.is_file():
            header = header or _read(file).header
            continue
        say(f"page {number + 1} of {len(pages)}")
        try:
            text, page = api.page(records, dictionary.record_id, dictionary.forms, header)
        except RegistryError:
            there = set(api.record_ids(dictionary.record_id))
            left = [record for record in records if record in there]
            if len(left) == len(records):
                raise
            if not left:  # all were deleted since they were listed
                continue
            text, page = api.page(left, dictionary.record_id, dictionary.forms, header)
        atomic_write(file, text.encode())
        header = page.header
    return header


def pages_of(kept: PullFolder, plan: Plan) -> Iterator[Page]:
    """Yield the pages that came, in order."""
    for number in range(len(plan.pages)):
        if kept.page(number).is_file():
            yield _read(kept.page(number))


def _read(file: Path) -> Page:
    return read_page(file.read_bytes().decode())


def rows_now(kept: PullFolder, plan: Plan, record_id: str, by: Identities) -> dict[str, Record]:
    """Return the records of all pages, as hashes of their rows."""
    found: dict[str, Record] = {}
    for page in pages_of(kept, plan):
        at, of_header, header_hash = page.header.index(record_id), by.of(page.header), hash(tuple(page.header))
        for row in page.rows:
            found.setdefault(row[at], Record()).add(row, header_hash, of_header)
    return found
