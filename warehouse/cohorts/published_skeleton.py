"""Holds the file that `registry test-model new` writes: it can be tested as it is, and shows every key."""

SKELETON = """\
# A published model or claim to be tested on this registry. docs/test-model.md describes every key. Test it with:
# registry test-model {name}

title = "A score of diameter and RAS"      # what it is called in the paper
source = "Author, journal, year, doi"

# A model: its score is the sum over the terms of coefficient * (value - center); a ratio is exp(coefficient).
[model]
endpoint = "TTLTP"                         # an endpoint of the registry: TTLTP, LTPFS, OS, ...
level = "lesion"                           # or "patient"
# of = "incidence"                         # the ratios are Fine and Gray's; default: hazard, as Cox's
# cutoff = 1.2                             # scores above it are the paper's high risk
# months = [12, 24]                        # at which the model is tested; default: those of its baseline, or 12 and 24

[[model.terms]]
column = "max_diameter_mm"                 # a number of cohort.lesions, or of cohort.patients at their level
per = 10                                   # the ratio is for each 10 mm; or log = true: for each doubling
ratio = 1.4                                # or coefficient = 0.336
# center = 2                               # the paper subtracts this from the value (after per)

[[model.terms]]
when = "ras = 'mutant'"                    # 1 for those who meet the condition, 0 for all others who are known
ratio = 2.1

# The share free of the event for a score of 0 (or of `score`): without it the model ranks, but predicts no risk.
# [model.baseline]
# months = [12, 24]
# free = [0.93, 0.90]
# score = 0

# Claims: shares of groups, rates at a time, ratios of a model.
[[claims]]
name = "LTP by KRAS"
groups = [
    {{ name = "wild type", where = "kras = 'wild_type'", share = "13/71" }},
    {{ name = "mutant", where = "kras = 'mutant'", share = "15/49" }},
]

# [[claims]]
# name = "LTPFS at 12 months"
# endpoint = "LTPFS"
# months = 12
# groups = [{{ name = "wild type", where = "kras = 'wild_type'", percent = 76.1, lower = 65, upper = 85 }}]
# estimator = "kaplan_meier"               # or cumulative_incidence, or crude: default as the endpoint asks

# [[claims]]
# name = "LTP, mutant KRAS"
# endpoint = "LTP"                         # LTP: a logistic model; an endpoint with times: a Cox model, or `method`
# formula = "kras + nras + diameter_ge_30"
# term = "kras"
# value = "mutant"
# ratio = 3.97
# lower = 1.65
# upper = 9.55
"""


def skeleton(name: str) -> str:
    """Return the skeleton of a file of that name."""
    return SKELETON.format(name=name)
