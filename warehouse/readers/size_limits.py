"""Limits how large a packed file may become, so that a small file that unpacks endlessly cannot fill disk or memory."""

from warehouse.storage.errors import DeliveryRejected

MIB = 1 << 20
MAX_UNPACKED_BYTES = 8 << 30
"""For a .gz: ten times the imaging export of a million patients, which a scratch disk can still hold."""
MAX_WORKBOOK_BYTES = 2 << 30
"""For an .xlsx, whose texts are held in memory: a full sheet of 16 columns is about 0.8 GiB of XML."""
MAX_EXPANSION = 200
"""Multiple of the packed size. Exports pack to 1/5 to 1/30 of their size; one byte repeated, to 1/1000."""
ALWAYS_ALLOWED_BYTES = 64 * MIB
"""Below this size no expansion is refused: small sheets with the same code in every row pack very well."""
MAX_SHEET_ROWS = 1_048_576
"""The number of rows of a sheet in Excel; a row number beyond it is an error and would add countless empty rows."""

CURE = "Deliver it in several files, or as plain CSV."


def bound_of(packed_bytes: int, most_bytes: int) -> int:
    """Return how many bytes a file of `packed_bytes` may unpack to, at most `most_bytes`."""
    return min(most_bytes, max(ALWAYS_ALLOWED_BYTES, MAX_EXPANSION * packed_bytes))


def refuse_beyond(unpacked_bytes: int, bound_bytes: int, cure: str = CURE) -> None:
    """Raise DeliveryRejected if `unpacked_bytes` is more than the bound."""
    if unpacked_bytes > bound_bytes:
        size = f"{bound_bytes // MIB:,} MiB" if bound_bytes >= MIB else f"{bound_bytes:,} bytes"
        raise DeliveryRejected(f"The file unpacks to more than {size}.", cure)
