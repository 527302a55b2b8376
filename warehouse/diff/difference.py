"""Collects the complete difference between two releases as plain rows, with each list cut at a stated length."""

from dataclasses import dataclass, field
from typing import Any

import duckdb

from warehouse.diff import endpoints, quality, subjects
from warehouse.diff.named_files import with_files
from warehouse.diff.pair import Pair
from warehouse.diff.rows import find_changed_rows
from warehouse.diff.stated import find_stated
from warehouse.releases.release import list_releases
from warehouse.storage.home import Home

LONGEST_LIST = 50
"""How many rows of a list are shown; the rest are counted."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Difference:
    """What changed. Lists hold at most LONGEST_LIST rows; their totals are in the counts or in `totals`."""

    counts: Rows
    things: dict[str, Rows]
    new_ltp: Rows
    endpoint_counts: Rows
    endpoints: Rows
    by_delivery: Rows
    entry_counts: Rows
    entries: Rows
    deliveries: Rows
    stated: Rows
    totals: dict[str, int] = field(default_factory=dict)


def difference(pair: Pair, limit: int = LONGEST_LIST) -> Difference:
    """Compare the two releases of the pair, except for their estimates."""
    find_changed_rows(pair)
    subjects.find_subjects(pair)
    endpoints.find_moved(pair)
    quality.find_entries(pair)
    new_ltp, n_new_ltp, n_gone_ltp = endpoints.new_ltp(pair, limit)
    moved, n_moved = endpoints.listed(pair, limit)
    entries, n_entries = quality.listed(pair, limit)
    deliveries, n_deliveries = quality.deliveries(pair, limit)
    by_delivery = endpoints.by_delivery(pair)
    things = {thing: subjects.listed(pair, thing, limit) for thing in subjects.THINGS}
    with_files(pair, new_ltp, moved, by_delivery, entries, deliveries, *things.values())
    totals = {"new_ltp": n_new_ltp, "gone_ltp": n_gone_ltp, "endpoints": n_moved, "by_delivery": len(by_delivery)}
    stated = find_stated(pair)
    totals |= {"entries": n_entries, "deliveries": n_deliveries, "stated": len(stated)}
    return Difference(
        counts=subjects.counts(pair),
        things=things,
        new_ltp=new_ltp,
        endpoint_counts=endpoints.counts(pair),
        endpoints=moved,
        by_delivery=by_delivery[:limit],
        entry_counts=quality.counts(pair),
        entries=entries,
        deliveries=deliveries,
        stated=stated[:limit],
        totals=totals,
    )


def missing_parent(home: Home, before: dict, after: dict) -> str:
    """The id of `after`'s parent release if that is not `before` and no longer exists, else ''.

    A release that replaced the parent after an erasure counts as the parent.
    """
    parent = after.get("parent_release")
    if parent in (None, before.get("release_id"), before.get("erased_from")):
        return ""
    known = {name for r in list_releases(home) for name in (r.release_id, r.manifest.get("erased_from"))}
    return "" if parent in known else str(parent)


CAME_IN = """
    SELECT (SELECT count(*) FROM clean.patients) AS patients,
           (SELECT count(*) FROM derived.lesion_ltp) AS lesions,
           (SELECT count(*) FROM derived.lesion_ltp WHERE is_evaluable) AS evaluable_lesions,
           (SELECT count(*) FROM derived.lesion_ltp WHERE ltp) AS lesions_with_ltp,
           (SELECT count(DISTINCT (site, patient_id, exam_id)) FROM clean.imaging_followups) AS exams,
           (SELECT count(*) FROM meta.loads WHERE status = 'accepted') AS accepted_deliveries,
           (SELECT count(*) FROM meta.loads WHERE status <> 'accepted') AS rejected_deliveries,
           (SELECT count(*) FROM quality.quarantine) AS entries
"""


def came_in(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count what a release without a predecessor holds: name -> count."""
    answer = con.execute(CAME_IN)
    names = [column[0] for column in answer.description or []]
    return dict(zip(names, answer.fetchall()[0], strict=True))
