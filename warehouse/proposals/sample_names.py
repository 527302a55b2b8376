"""Finds in the names of samples the pattern by which they name their patients, so that no two patients become one."""

import re
from collections.abc import Iterable

from warehouse.sources.molecular.calls_of_samples import TCGA_PATIENT

KNOWN = ("^P-[0-9]{7}", "^GENIE-[A-Z]+-[0-9]+", "^GENIE-[A-Z]+-P-[0-9]+")
"""Patients in the names of samples of MSK-IMPACT and of AACR GENIE."""
USUAL = ("^[^-]+", "^[^_]+", "^[^.]+", "^[^-]+-[^-]+", "^[^_]+_[^_]+")
"""Parts of a name that may be the patient's, the shortest first."""
WHOLE_NAME = "^.+"
MERGED = 0.5
"""If so few of the samples, or fewer, stay apart by a part of their names, that part is not taken for the patient's."""


def name_patients(samples: Iterable[str]) -> bool:
    """Return whether all names are barcodes of TCGA, which name the patient without a pattern."""
    names = set(samples)
    return bool(names) and all(re.search(TCGA_PATIENT, name) for name in names)


def pattern_of(samples: Iterable[str]) -> str:
    """Return a pattern of the patient within a sample's name; of the whole name if no part tells patients apart.

    >>> pattern_of(["P-0000004-T01-IM3", "P-0000015-T01-IM3"]), pattern_of(["A-7-T", "A-8-T"]), pattern_of(["74D"])
    ('^P-[0-9]{7}', '^[^-]+-[^-]+', '^.+')
    """
    names = set(samples)
    if not names:
        return USUAL[0]
    for pattern in KNOWN:
        if all(re.search(pattern, name) for name in names):
            return pattern
    for pattern in USUAL:
        parts = [found.group() for name in names if (found := re.search(pattern, name)) and found.group() != name]
        if len(parts) == len(names) and len(set(parts)) > MERGED * len(names):
            return pattern
    return WHOLE_NAME
