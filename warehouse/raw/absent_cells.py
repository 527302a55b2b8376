"""Says in SQL of which columns a row says nothing, since its delivery lacks them, or its label or sheet does.

Where columns repeat (sources/mapping.py), a file can have l1_status and lack l2_status: the rows of label 2 then say
nothing of it. meta.delivery_order o has `absent`, columns that a delivery lacks and an earlier one had, and `lacking`,
the slots that lack a column which other slots of the same file have.
"""

from warehouse.raw.row_numbers import slot_no
from warehouse.storage.sql_files import sql_text


def is_absent(name: str, row_id: str) -> str:
    """Return SQL, true or false: the row says nothing of the column."""
    slots = f"o.lacking[{sql_text(name)}]"
    return (
        f"(list_contains(o.absent, {sql_text(name)}) "
        f"OR coalesce(list_contains({slots}, {slot_no(row_id, 'o.n_slots')}), false))"
    )


def absent_names(row_id: str) -> str:
    """Return SQL of the list of the columns of which the row says nothing."""
    of_slot = f"lambda name: list_contains(o.lacking[name], {slot_no(row_id, 'o.n_slots')})"
    return f"list_concat(o.absent, list_filter(map_keys(o.lacking), {of_slot}))"
