"""The thresholds of the Python code, each once and with its reference: a committee changes them here.

Thresholds of definitions in SQL are in warehouse/sql/terms.sql; a test holds the shared ones equal. Tolerances and step
limits of algorithms, and sizes of figures and files, are beside the code that uses them.
"""

from datetime import date

# Time. Contract, section 5: 365.25 / 12.
DAYS_PER_MONTH = 30.4375

# Definitions that SQL shares.
LTP_DISTANCE_MM = 10  # further from the zone is a new lesion, not LTP: "within 1 cm of the zone's edge" (index study)
LARGE_LESION_MM = 30  # lesions as the index study divides them (domain facts 8)
MAX_IMAGING_GAP_DAYS = 183.0  # half a year without a scan (domain facts 1.4, item 7)
EARLY_GAP_DAYS = 200  # a gap between exams is long above it, within the first two years (IMG-09)

# Ablation margins, mm. Below 0 the lesion is not covered; 0 is covered with nothing to spare (a program that knows no
# negative margins may say 0 of both, so how many are exactly 0 is told). 5: below it LTP is several times more frequent
# (Peking prospective study, PMID 39658020: SHR 7.94; with mutant RAS 47.6 % below and 8.6 % above, wild-type 24.9 % and
# 1.9 %). No LTP was seen from 4 mm on by one program, from 5 mm on by another (Laimer et al., Eur Radiol 2025;35:1046),
# so the program is told. 10: what guidelines aim at. Not called A0: that names an ablation with enough margin, as R0 a
# resection (Søreide and Kok, Br J Surg 2024;111:znae184).
COVERED_MARGIN_MM, ENOUGH_MARGIN_MM, WIDE_MARGIN_MM = 0.0, 5.0, 10.0  # where the classes begin
MARGIN_KNOTS_MM = (0.0, 5.0, 10.0)  # of the dose-response curve: where classes begin, fixed before data are seen
MARGIN_GRID_MM = 1.0  # between the points at which that curve is given (registry's own)

# Plausible cells of the exports: beyond them a value is set aside, or doubted where the rule only warns.
EARLIEST_BIRTH_YEAR = 1900  # PAT-04
EARLIEST_ABLATION = date(1995, 1, 1)  # ABL-02, IMG-12: liver tumours were not ablated before
CEA_MAX_NG_ML = 50_000  # PAT-12
CEA_UNIT_SLIP_NG_ML = 1_000  # PAT-12-W: above it the unit is questioned, but the value stays
DFI_MAX_MONTHS = 240  # PAT-13
N_CLM_MAX = 50  # PAT-13
DIAMETER_MM = (2, 150)  # LES-03
USUAL_DIAMETER_MM = (5, 60)  # LES-03-W
CM_FOR_MM_BELOW = 8  # LES-04: a value below 8 is more often centimetres than a tiny metastasis
CM_FOR_MM_RATIO = 10  # LES-04: zone over diameter, or diameter over zone
MARGIN_MM = (-20, 40)  # ABL-07
ZONE_MM = (5, 150)  # ABL-07
MARGIN_TOLERANCE_MM = 3  # ABL-08
POWER_W = (10, 250)  # ABL-06
TIME_MIN = (0.5, 120)  # ABL-06
WAITING_MAX_DAYS = 365  # ABL-13-W: longer, and the date is more often that of an earlier session (registry's own)
DISTANCE_MM = (0, 100)  # IMG-13
VAF_PERCENT = (0, 100)  # GEN-07
TMB_PER_MB = (0, 1000)  # GEN-10: hypermutated tumours have 10 to some hundred (Chalmers et al., Genome Med 2017;9:34)
EARLIEST_TREATMENT = date(1975, 1, 1)  # TRT-02: adjuvant therapy of a primary long before (registry's own)
THERAPY_LINES = (1, 10)  # TRT-03 (registry's own)

# Deliveries that wait for a person (contract, section 2).
MAX_WITHDRAWN = 0.2  # share of the keys that a delivery may withdraw, where site.toml says no other
FEW_KEYS = 1  # may go all the same, unless they are all or site.toml says 0: one patient's withdrawal is routine
MOST_LES_04 = 1 / 3  # share of a delivery's rows that may break LES-04
FEW_LES_04 = 2  # rows that may always break LES-04: small lesions exist
LEAST_ZONE = 1 / 3  # of the diameter: an ablation zone is larger than the lesion; a third is another unit, no failure
TIMES_OFF = 6.0  # ratio of medians that is taken for ten times off: samples of ten to twenty vary by a third
FEW_VALUES = 10  # that a delivery must have in a column for its median to be judged
FEW_VALUES_BEFORE = 20  # that the deliveries before it must have had
NEARLY_ALL_ORPHANS = 0.9  # share of a delivery's accepted rows from which on the export is an orphan, not its rows
FEWEST_ORPHANS = 3  # fewer rows may be of patients whose sessions come later

# Expectations of the registry as a whole.
GENOTYPE_KNOWN_MIN_PCT = 90.0  # DS-01
MARGIN_KNOWN_MIN_PCT = 80.0  # DS-01
LAST_CONTACT_MIN_PCT = 100.0  # DS-01
FIRST_EXAM_MIN_PCT = 80.0  # IMG-08
DRIFT_MAX_PCT = 20.0  # DS-01: of rows in percent, of missing values in percentage points
KRAS_MUTANT_PCT = (30.0, 55.0)  # DS-01; published: 36 % of 77,104 patients, 41 to 50 % in ablation series
LESIONS_WITH_LTP_PCT = (5.0, 45.0)  # DS-01; published: 9 to 40 %
FIRST_OF_MONTH_MAX_PCT = 10.0  # DS-02; 3.3 % by chance
FIRST_OF_JANUARY_MAX_PCT = 3.0  # DS-02; 0.3 % by chance
USUAL_DIAMETER_MIN_PCT = 95.0  # of USUAL_DIAMETER_MM (LES-03-W)
DIAMETER_BELOW_30_PCT = (50.0, 95.0)  # registry's own; Jiang 2019: 23 mm +- 10, which is 76 % if normal
SHORT_INTERVAL_DAYS = 7  # registry's own: two exam days within a week are often one exam typed twice
INTERVAL_MAX_PCT = 5.0  # registry's own: of intervals below SHORT_INTERVAL_DAYS
INTERVAL_USUAL_MIN_PCT = 80.0  # registry's own: of intervals below EARLY_GAP_DAYS
STABILITY_INDEX_MAX = 0.25  # population stability index, "major shift" (Siddiqi, Credit Risk Scorecards, 2006)
MIN_ROWS_FOR_SHAPE = 100  # the index of two samples of one distribution is (bins - 1)(1/n + 1/m): below this, noise

# Times at which estimates are read.
LANDMARKS_MONTHS = (6, 12, 24, 36)  # contract, section 6
MAIN_LANDMARKS_MONTHS = (12, 24)  # of restricted means, interval censoring, and what another definition would move
ONE_YEAR_MONTHS = 12.0  # the index study's rate
PERIOD_CUT_MONTHS = 12.0  # where effects by period change, fixed beforehand
LANDMARK_DAYS = 90.0  # from which the landmark analysis counts (Anderson, Cain and Gelber, J Clin Oncol 1983;1:710)

# When an estimate is not shown, or with a warning. Peduzzi et al., J Clin Epidemiol 1995;48:1503 (10 events per
# variable); Vittinghoff & McCulloch, Am J Epidemiol 2007;165:710 (5 as a lower bound).
EVENTS_PER_VARIABLE_WARN = 10.0
EVENTS_PER_VARIABLE_UNRELIABLE = 5.0
STD_ERROR_SEPARATION = 100.0  # of a standardised coefficient, log odds per standard deviation: no real data give it
PH_ALPHA = 0.05  # Grambsch and Therneau's test is routinely read at this level; below it effects are shown by period
# Comparisons of treatments. Beyond these the groups are not compared (docs/decisions/0065).
MOST_OUTSIDE_OVERLAP = 0.10  # share whose propensity score nobody of the other group has (registry's own)
MIN_EFFECTIVE_SIZE = 10.0  # effective sample size of each group (registry's own)
COMPARISON_MIN_EVENTS = 10  # in both groups together (Peduzzi et al., as above)
BALANCED_DIFFERENCE = 0.1  # standardised difference up to which groups count as alike (Austin, Stat Med 2009;28:3083)
COMMON_OUTCOME = 0.15  # share with the event above which a hazard ratio is no risk ratio (VanderWeele and Ding 2017)
POWER = 0.8  # of the ratio that a comparison is said to be able to see (the usual value)
ASSUMED_RATIOS = (1.25, 1.5, 2.0, 3.0)  # hazard ratios of which events needed and power are given (registry's own)
FEW_CLUSTERS = 40  # Angrist and Pischke, Mostly Harmless Econometrics, 2009, section 8.2.3
CLUSTERS_OF_SPLINE = 600  # with which intervals of a clustered spline cover what they state; with 120 they do not
# (measured by benchmarks/coverage_of_lesions.py, docs/statistics.md)
MIN_EVENTS = 5  # in all, for a test between groups: a log-rank test is the score test of a Cox model of one variable
MIN_EXPECTED = 1.0  # events expected in a group, for a test (Cochran, Biometrics 1954;10:417)
CAUTION_EXPECTED = 5.0  # events expected in a group, below which a test is read with caution (the same)
EXPECTED_COUNT_MIN = 5.0  # in a cell of a 2x2 table, for chi-square (the same)
EXPECTED_COUNT_LEAST, SMALL_EXPECTED_MAX = 1.0, 0.2  # least count in a larger table; share below EXPECTED_COUNT_MIN
MIN_AT_RISK = 5  # subjects, for a point of a curve (registry's own)
MIN_SHARE_AT_RISK = 0.10  # of the group, for a point of a curve (Pocock et al., Lancet 2002;359:1686)
UNKNOWN_CAUTION = 0.10  # share of missing genotypes that may decide a result; complete cases are safe up to 5 to 10 %
MATURITY_MONTHS = 12.0  # a rate at this time rests on few where less than MATURE_SHARE are followed so long
MATURE_SHARE = 0.5
NAMED_PROGRAM_PATIENTS = 5  # of a margin's program; what fewer have may be any text of a site (registry's own)
FEW_EVENTS_OF_CURVE = 10  # registry's own: below it a curve's shape is mostly chance, and the caption says so
ALPHA = 0.05  # a contrast or an interaction below it is named as a hint

# Models put to the test (docs/test-model.md).
TEST_MONTHS = (12.0, 24.0)  # at which predicted risks are held against what was seen, unless a file says other times
TEST_EVENTS_LEAST = 10  # registry's own: with fewer, the limits of C reach from worthless to perfect
TEST_EVENTS = 100  # Collins, Ogundimu and Altman, Stat Med 2016;35:214: fewer leave a test imprecise
CALIBRATION_GROUPS, CALIBRATION_EVENTS = 5, 10  # at most, and events in each (registry's own)
BOOTSTRAP_REPLICATES = 200  # Harrell, Lee and Mark, Stat Med 1996;15:361: 100 to 200 suffice for optimism
BOOTSTRAP_SEED = 20170401  # fixed, so that a release is the same whenever it is made: any number does
BOOTSTRAP_FAILED_MOST = 0.1  # share of drawings whose model cannot be fitted, above which optimism is not given
NET_BENEFIT_THRESHOLDS = tuple(n / 100 for n in range(2, 52, 2))  # risks from which one might act again

# What leaves: fewer are single persons to whoever knows one of them, the smallest count most data agreements let out.
FEWEST_PATIENTS = 10

# A rule of the registry's own, or an expectation, that runs longer is stopped; a night has many, and others wait.
RULE_SECONDS = 20.0

# Rows of a table up to which Great Expectations judges the rows themselves; beyond, aggregates of them. Its pandas
# engine holds a table in memory.
JUDGED_ROWS_MAX = 200_000

# By site and over time (docs/thresholds.md). The chart is the p-chart of R's qcc 2.7: three sigma, runs of seven.
RUN_IN_QUARTERS = 4  # of a new site, where site.toml says no other: a year in which its people learn (registry's own)
CHART_SIGMAS = 3.0  # Shewhart, Economic Control of Quality of Manufactured Product, 1931
RUN_LENGTH = 7  # points on one side of the center; by chance once in 64 (qcc's default)
MIN_CHART_QUARTERS = 8  # below it a center is no more than an impression (registry's own)
FEW_IN_QUARTER = 5  # cases: fewer are drawn, and name no site (registry's own)
CHART_SETTLING_DAYS = 30  # after a quarter's end, in which margins and genotypes are still typed in (registry's own)
FIRST_EXAM_LATEST_DAYS = 84  # a first exam is in time until then (domain facts 1.4)
EXAM_WINDOW_DAYS = 30  # either side of an expected exam (domain facts 3.2)
MIN_FUNNEL_CENTRES = 5  # fewer dots show no funnel (registry's own)
FUNNEL_QUARTERS = 8  # newest complete ones of each centre: two years (registry's own)
FUNNEL_LIMITS = (0.95, 0.998)  # about two and three sigma (Spiegelhalter, Stat Med 2005;24:1185)
WAITING_TARGET_DAYS = 28  # four weeks from decision or referral to the first ablation (registry's own)

# Multiple imputation (docs/imputation.md).
IMPUTATIONS = (2, 200)  # fewest that have a variance between them; most that a night is asked for (registry's own)
IMPUTATION_DONORS = 5  # of predictive mean matching (R's mice)
IMPUTATION_BURN_IN, IMPUTATION_SKIP = 20, 5  # cycles before the first, and between two (statsmodels: 20 and 3)
MOST_MISSING = 0.4  # share of a column; more is exploratory at best (Jakobsen et al., BMC Med Res Methodol 2017;17:162)
FEWEST_KNOWN = 20  # values of a column to draw from (registry's own)
KNOWN_PER_PREDICTOR = 3  # values for each column that predicts them (registry's own)
IMPUTATIONS_PER_FMI = 100  # write at least so many times the fraction (White et al., Stat Med 2011;30:377)
