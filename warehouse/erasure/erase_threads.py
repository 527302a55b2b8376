"""Removes a patient from archive/threads.ndjson: the lines about their rows, and their name in what others' lines say.

Of a removed line its time and site are left, so that the file keeps its number of lines and a lost one is noticed.
"""

from collections.abc import Iterator
from dataclasses import replace

from warehouse.archive.thread_log import ERASED, Event, path_of
from warehouse.erasure.erase_other_traces import without_names
from warehouse.redaction.erasure_list import prefixes
from warehouse.redaction.whose_rows import Match
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import Home
from warehouse.storage.journal import read_lines


def erase_threads(home: Home, site: str, ids: set[str], match: Match) -> int:
    """Rewrite the file without the patients whom `match` finds; return how many lines changed."""
    events = read_lines(path_of(home), Event.of_line)
    kept = list(_without(events, site, ids, match))
    n_changed = sum(one != other for one, other in zip(events, kept, strict=True))
    if n_changed:
        atomic_write(path_of(home), "".join(f"{one.as_line}\n" for one in kept).encode())
    return n_changed


def _without(events: list[Event], site: str, ids: set[str], match: Match) -> Iterator[Event]:
    for one in events:
        if one.site != site:
            yield one
        elif match(prefixes([one.key])):
            yield Event(one.at, "", ERASED, site)
        else:
            yield replace(one, text=without_names(one.text, ids), sheet=without_names(one.sheet, ids))
