"""Calls pyreadstat and turns whatever it raises into a refusal of the file, without the values that errors quote.

Dates are never converted by it: polars output rounds a date with a time up to the next day, times above 24 hours lose
their days, and a date beyond the year 9999 or before 1677 fails (pyreadstat 1.3.7).
"""

import warnings
from pathlib import Path
from typing import Any

from warehouse.readers.statistics import encodings
from warehouse.readers.statistics.packages import Package
from warehouse.storage.errors import DeliveryRejected


def read_part(path: Path, package: Package, encoding: str | None, **which: Any) -> tuple[dict[str, list], Any]:
    """Return columns as lists of raw values, and pyreadstat's description of the file.

    `which` is metadataonly=True, or row_offset and row_limit. Raises DeliveryRejected if the file cannot be read.
    """
    import pyreadstat

    if package.tells_missing:
        which["user_missing"] = True
    if encoding:
        which["encoding"] = encoding
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            columns, meta = getattr(pyreadstat, package.reader)(
                str(path), output_format="dict", disable_datetime_conversion=True, **which
            )
        except MemoryError:
            raise
        except UnicodeError:
            raise encodings.refused(package) from None
        except Exception as error:  # ReadstatError, and what its conversions raise
            raise _refused(package, str(error)) from None
    if any("is duplicated" in str(one.message) for one in warned):
        raise DeliveryRejected("Two columns of the file have the same name.", "Rename one of them.")
    return columns, meta


def _refused(package: Package, message: str) -> DeliveryRejected:
    if "convert string" in message or "encoding" in message:
        return encodings.refused(package)
    if "number of rows" in message or "Unable to read" in message:
        return DeliveryRejected("The file is cut off or damaged.", "Write it again and deliver the whole file.")
    return DeliveryRejected(
        f"The file looks like {package.name}, but cannot be read: it is damaged, or of a version that is not known.",
        "Save it again, in an older version of the format, or as CSV UTF-8.",
    )
