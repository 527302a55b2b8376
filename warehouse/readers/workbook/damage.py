"""Tells damage of a workbook from faults of the machine while it is read."""

import errno


def is_of_machine(error: BaseException) -> bool:
    """Return whether the error says nothing about the file: the machine has no memory, or cannot read it.

    A wrong place inside a damaged file (EINVAL when it is sought) is a fault of the file, although it is an OSError.
    """
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno != errno.EINVAL)
