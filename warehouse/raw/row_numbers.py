"""Numbers raw rows: row_id = load_no * 2^32 + the row's number in its delivery, counted from 1.

Where columns repeat (sources/mapping.py), the number holds the delivered row and the slot of the label; without
repeated columns it is the delivered row's line.
"""

LINE_BITS = 32
LINE_MASK = (1 << LINE_BITS) - 1


def line_of(row_id: str, slots: str) -> str:
    """Return SQL for the line of the delivered row; `slots` is SQL of its delivery's slots."""
    return f"(({row_id} & {LINE_MASK}) - 1) // {_count(slots)} + 1"


def slot_of(row_id: str, slots: str) -> str:
    """Return SQL for the name of the row's slot, null where no columns repeat."""
    return f"{slots}[(({row_id} & {LINE_MASK}) - 1) % {_count(slots)} + 1]"


def slot_no(row_id: str, n_slots: str) -> str:
    """Return SQL for the number of the row's slot, from 0; `n_slots` is SQL of the number of its delivery's slots."""
    return f"(({row_id} & {LINE_MASK}) - 1) % {n_slots}"


def _count(slots: str) -> str:
    return f"greatest(coalesce(len({slots}), 1), 1)"
