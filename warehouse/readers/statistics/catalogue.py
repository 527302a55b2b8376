"""Reads a SAS catalogue (.sas7bcat): the value labels of SAS files, which hold only the names of their formats.

What pyreadstat 1.3.7 is known to read wrongly is left out: the labels of codes below zero, which it gives to other
codes (WizardMac/ReadStat, issue 328). Of a range, such as 1-3, it gives the first number alone.
"""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from warehouse.storage.errors import DeliveryRejected

WRITE = "Write the catalogue again in SAS (PROC FORMAT LIBRARY=...) and put it beside site.toml."


@dataclass(frozen=True)
class SasFormat:
    """The labels of one format, codes as the text that cells have. `n_left_out` counts the codes below zero."""

    labels: Mapping[str, str]
    n_left_out: int = 0


def read_catalogue(content: bytes) -> dict[str, SasFormat]:
    """Return the formats of a catalogue by their names in capital letters: SEXF, and $SEXF for text.

    Raises DeliveryRejected if it cannot be read.
    """
    import pyreadstat

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            meta = pyreadstat.read_sas7bcat(io.BytesIO(content), output_format="dict")[1]
        except MemoryError:
            raise
        except Exception:  # ReadstatError, and what its conversions raise; their messages quote what they read
            raise DeliveryRejected("The catalogue of SAS formats cannot be read.", WRITE) from None
    return {name.upper(): _format(name, dict(codes)) for name, codes in meta.value_labels.items()}


def _format(name: str, codes: Mapping[Any, str]) -> SasFormat:
    dot = "" if name.startswith("$") else "."
    labels = {_text(code, dot): label.strip() for code, label in codes.items() if label.strip() and not _is_lost(code)}
    labels.pop("", None)
    return SasFormat(labels, sum(isinstance(code, float) and code < 0 for code in codes))


def _is_lost(code: Any) -> bool:
    """Return whether the number is not the code that the catalogue holds, or none at all."""
    return isinstance(code, float) and not code >= 0


def _text(code: Any, dot: str) -> str:
    """Return the text of a code; a letter among numbers is that of a missing value, .A as its reason is written."""
    if isinstance(code, float):
        return str(int(code)) if code == int(code) else repr(code)
    return f"{dot}{code}".rstrip()
