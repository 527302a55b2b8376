"""Holds the plan of analyses that `registry plan new` writes: it can be followed as it is, and shows every key."""

SKELETON = """\
# The registry's own plan of analyses. `registry plan try` shows what it gives; from the next refresh on its analyses
# are made every night, each with the day on which it was first part of a release. docs/plans.md describes every key.

title = "Our plan"

# One endpoint, one contrast, declared before the data are seen. Groups are compared by a model and by curves.
[primary]
endpoint = "LTPFS"              # an endpoint of the registry: LTPFS, TTLTP, OS, ...
level = "patient"               # or "lesion", clustered by patient
contrast = "ras"                # a column of cohort.patients or cohort.lesions, or a name from below
reference = "wild_type"
# adjust = "diameter_per_5"     # further terms of its model
# subgroup = "ecog <= 1"        # a condition in SQL on who is in it

# Columns under a name of their own: per so many units, as logarithm, or in categories that begin at these numbers.
[[terms]]
name = "diameter_per_5"
column = "max_diameter_mm"
per = 5

# Classes by conditions; of those that a row meets the first decides.
# [[groups]]
# name = "mutation"
# reference = "double wild type"
# [groups.levels]
# "BRAF" = "braf = 'mutant'"
# "RAS" = "ras = 'mutant'"
# "double wild type" = "ras = 'wild_type' AND braf = 'wild_type'"

[[models]]
name = "ras_adjusted"
endpoint = "LTPFS"
formula = "ras + diameter_per_5"
# method = "cox"                # cox (default), fine_gray where an event competes, logistic of the endpoint LTP
# formula = "ras * sex + rcs(max_diameter_mm, [10, 20, 30])"    # interactions; splines with stated knots
# references = { ras = "wild_type" }
# strata = ["site"]
# cluster = "site"
# test = true                   # of a Cox model: C-index, calibration and more, with their optimism; takes seconds
# time_varying = ["systemic"]   # of a Cox model: on_systemic in the formula changes during follow-up
# imputations = 20              # missing values imputed so often, beside the complete cases (docs/imputation.md)
# impute = ["max_diameter_mm"]  # only of these columns; by default of all but genes

[[curves]]
name = "survival_by_ras"
endpoint = "OS"
by = "ras"

# Two treatments, weighted for what the choice between them was made by.
# [[comparisons]]
# name = "mwa_against_rfa"
# endpoint = "TTLTP"
# level = "lesion"
# treatment = "modality"
# levels = ["mwa", "rfa"]         # the first is compared with the second
# confounders = "diameter_per_5 + perivascular + subcapsular + segment"
# estimand = "overlap"            # ATE (default), ATT or overlap
"""
