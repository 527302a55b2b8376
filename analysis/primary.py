"""The registry's primary question: one endpoint, one contrast, one test, declared before any data are seen.

The page's first figures, the command line and the section on multiple comparisons all read it, and so do the main
estimates of the morning note, the subgroups and the sensitivity analyses. LTP with death competing is reported beside
it, since LTPFS cannot tell LTP from death. The index study's endpoint belongs to the replication, and to the models and
curves that repeat the study.
"""

from __future__ import annotations

ENDPOINT = "LTPFS"
COMPETING_ENDPOINT = "TTLTP"
LEVEL = "patient"
GROUPING, REFERENCE, CONTRAST = "kras", "wild_type", "mutant"
LANDMARK_MONTHS = 12
MODEL = "ltpfs"
STUDY_ENDPOINT = "LTPFS_STUDY"
