"""What the registry asks first: one endpoint, one contrast, one test, declared here before any data are seen.

Here belongs the declaration. Not here: estimates. The page's first figures, the command line and the section on several
contrasts all read it. LTP with death competing stands beside it, since LTPFS cannot tell LTP from death; LTPFS_STUDY
is the index study's endpoint and belongs to the replication.
"""

from __future__ import annotations

ENDPOINT = "LTPFS"
COMPETING_ENDPOINT = "TTLTP"
LEVEL = "patient"
GROUPING, REFERENCE, CONTRAST = "kras", "wild_type", "mutant"
LANDMARK_MONTHS = 12
TEST = "logrank_chi2"
MODEL = "ltpfs"
