"""Adds to rows that name a delivery where its file lies."""

from typing import Any

from warehouse.diff.pair import Pair
from warehouse.queries.delivered_files import Place, file_of, folders_of


def with_files(pair: Pair, *lists: list[dict[str, Any]]) -> None:
    """Give each row that names a delivery `file`: site/folder/name, of whichever release holds the delivery."""
    named = [row for rows in lists for row in rows if row.get("delivery")]
    if not named:
        return
    deliveries = sorted({row["delivery"] for row in named})
    folders: dict[Place, str] = {}
    for side in (pair.before, pair.after):
        folders |= folders_of(pair.con, f"{side}.", deliveries)
    for row in named:
        row["file"] = file_of(folders, row["site"], row["export"], row["delivery"])
