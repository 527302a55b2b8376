"""Refuses a pull that lacks fields which site.toml names, or in which too many records have lost rows."""

from collections.abc import Mapping, Sequence

from schemas.thresholds import FEW_KEYS
from warehouse.pulls.lost_rows import Lost
from warehouse.pulls.redcap_api import RedcapApi
from warehouse.pulls.targets import Target
from warehouse.readers.near_names import shown_list
from warehouse.sources.named_columns import named_columns
from warehouse.sources.redcap_dictionary import Dictionary
from warehouse.storage.errors import RegistryError


def check_columns(api: RedcapApi, dictionary: Dictionary, header: Sequence[str], target: Target) -> tuple[str, ...]:
    """Return a remark on fields that the server leaves out. Raises RegistryError if the mapping names one of them.

    REDCap leaves out what the token's user may not export without a word.
    """
    columns: dict[str, set[str]] = {}
    for column, field in api.export_columns().items():
        columns.setdefault(field, set()).add(column)
    for one in dictionary.columns:
        if one.field is not None and one.field.name not in columns:
            columns.setdefault(one.field.name, set()).add(one.name)
    known = {one.name: one for one in dictionary.fields}
    lacking = [field for field, names in columns.items() if field in known and not names <= set(header)]
    named = {name.strip().lower() for feed in target.feeds for name in named_columns(feed).all_written}
    if needed := [field for field in lacking if named & (columns[field] | {field})]:
        raise RegistryError(
            f"The server leaves out fields that site.toml names: {shown_list(needed)}; nothing was delivered.",
            "Give the token's user the right to export them in REDCap, or do not name them.",
        )
    n_others = sum(not known[field].is_identifier for field in lacking)
    return (f"The server leaves out {n_others:,} fields that the token's user may not export.",) if n_others else ()


def check_lost(lost: Lost, newest: Mapping[str, int], target: Target) -> None:
    """Raise RegistryError if more records lost rows than a delivery may withdraw keys without waiting."""
    n_lost, n_known, most = lost.n_records, len(newest), target.most_lost
    if n_lost / n_known <= most or (most > 0 and n_lost <= FEW_KEYS and n_lost < n_known):
        return
    raise RegistryError(
        f"{n_lost:,} of {n_known:,} records are no longer in the project, or lost rows: more than may go without a "
        "person looking; nothing was delivered.",
        f"If they were deleted in REDCap, run `registry pull {target.site} --accept-deletions`; if not, check the "
        "token's rights.",
    )
