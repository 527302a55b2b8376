"""A second reading of the endpoint definitions, in plain Python over lists of dicts.

Here belongs one module per derived table, written from the definitions in words (docs/endpoints.md), slow
and obvious. Nothing of the warehouse's SQL belongs here, neither its text nor its helpers: the two readings
are held against each other, and would share their mistakes if they shared their code.

A row is a dict from column to value: text, int, float, bool, `datetime.date`, list of texts, or None where
empty.
"""

from tests.oracle.lesion_ltp import lesion_ltp
from tests.oracle.patient_genotype import patient_genotype
from tests.oracle.patient_ltpfs import patient_ltpfs
from tests.oracle.time_to_event import time_to_event

__all__ = ["lesion_ltp", "patient_genotype", "patient_ltpfs", "time_to_event"]
