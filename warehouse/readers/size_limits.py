"""How large a packed file may become: a small file that unpacks without end must not fill the disk or the memory.

What belongs here: the bounds and the sentence that refuses what goes beyond. What does not: unpacking itself.
"""

from warehouse.storage.errors import DeliveryRejected

MIB = 1 << 20
MAX_UNPACKED_BYTES = 8 << 30
"""A .gz: ten times the imaging export of a million patients, and a scratch disk can still hold it."""
MAX_WORKBOOK_BYTES = 2 << 30
"""An .xlsx, whose texts are held in memory: a full sheet (MAX_SHEET_ROWS) of 16 columns is about 0.8 GiB of XML."""
MAX_EXPANSION = 200
"""Times the packed size. Exports pack to a fifth or a thirtieth; deflate reaches a thousandth on one byte repeated."""
ALWAYS_ALLOWED_BYTES = 64 * MIB
"""Below this no expansion is refused: small sheets of the same code in every row pack very well."""
MAX_SHEET_ROWS = 1_048_576
"""The rows that a sheet can have in Excel; a row number beyond is a fault, and would be filled up with empty rows."""

CURE = "Send it in several files, or as plain CSV."


def bound_of(packed_bytes: int, most_bytes: int) -> int:
    """Bytes that a file of `packed_bytes` may unpack to, `most_bytes` at most."""
    return min(most_bytes, max(ALWAYS_ALLOWED_BYTES, MAX_EXPANSION * packed_bytes))


def refuse_beyond(unpacked_bytes: int, bound_bytes: int, cure: str = CURE) -> None:
    """DeliveryRejected where `unpacked_bytes` is more than the bound."""
    if unpacked_bytes > bound_bytes:
        size = f"{bound_bytes // MIB:,} MiB" if bound_bytes >= MIB else f"{bound_bytes:,} bytes"
        raise DeliveryRejected(f"The file unpacks to more than {size}.", cure)
