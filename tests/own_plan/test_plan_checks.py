"""What a plan names is held against the registry: levels, endpoints, columns, methods, functions, conditions."""

from __future__ import annotations

import pytest

from tests.own_plan.plans import CURVES, MODEL, followed, model, read
from tests.variants import quick
from workflows.plan_checks import criterion_of

MARGIN = '[[terms]]\nname = "margin"\ncolumn = "minimal_margin_mm"\ncategories = [5, 10]\n'


def groups(condition: str, more: str = "") -> str:
    """A plan whose groups have this condition, with a model of them."""
    levels = f'[groups.levels]\n"one" = "{condition}"\n"other" = "kras = \'wild_type\'"\n'
    return f'[[groups]]\nname = "g"\n{more}{levels}' + model(formula='"g"')


NAMES = {
    "a column": (model(formula="'krs'"), "names krs, which is no column of cohort.patients. Did you mean kras?"),
    "a lesion's column": (model(formula='"segmnt"', level='"lesion"'), "Did you mean segment?"),
    "a column of the other level": (
        model(formula='"segment"'),
        'segment, which is no column of cohort.patients. cohort.lesions has it: write level = "lesion".',
    ),
    "an endpoint": (model(endpoint='"TTLT"'), "model m names TTLT, which is no endpoint. Did you mean TTLTP?"),
    "a level": (model(level='"leison"'), "model m names leison, which is no level. Did you mean lesion?"),
    "an endpoint without that level": (model(endpoint='"OS"', level='"lesion"'), "OS has no lesion level."),
    "a method": (model(method='"fine_grey"'), "fine_grey, which is no method. Did you mean fine_gray?"),
    "a stratum": (model(strata='["sit"]'), "names sit, which is no column of cohort.patients. Did you mean site?"),
    "a cluster": (model(cluster='"sitte"'), "Did you mean site?"),
    "groups of curves": (CURVES.replace("kras", "krass"), "curves c names krass"),
    "a reference's column": (model(references='{ nras = "mutant" }'), "names nras, which is no term of the formula."),
    "a reference": (model(references='{ kras = "mutnat" }'), "mutnat, which is no value of kras. Did you mean mutant?"),
    "a class of a term": (
        MARGIN + model(formula='"margin"', references='{ margin = ">= 9" }'),
        "names >= 9, which is no value of margin.",
    ),
    "a term's column": (MARGIN.replace("margin_mm", "marge_mm") + MODEL, "Did you mean minimal_margin_mm?"),
    "a column of a subgroup": (model(subgroup='"ecg <= 1"'), "names ecg, which is no column"),
    "a value in a subgroup": (
        model(subgroup="\"ecog <= 1 AND ras = 'mutated'\""),
        "compares ras with 'mutated', which it never is. Did you mean 'mutant'?",
    ),
    "one of several values": (
        model(subgroup="\"sex IN ('male', 'f')\""),
        "compares sex with 'f', which it never is. It is one of",
    ),
    "a value in groups": (groups("ras = 'wildtype'"), "compares ras with 'wildtype', which it never is."),
    "a column of groups": (groups("krs = 'mutant'"), "Did you mean kras?"),
    "a level of groups": (groups("ras = 'mutant'", 'reference = "otherr"\n'), "Did you mean other?"),
    "the contrast": ('[primary]\nendpoint = "OS"\ncontrast = "rass"\n', "the primary contrast names rass"),
}


@pytest.mark.parametrize("what", quick(6, NAMES))
def test_an_unknown_name_is_refused_with_the_nearest(what: str) -> None:
    """One sentence names the analysis, the name, what it should have been, and the nearest that there is."""
    text, said = NAMES[what]
    found = read(text)
    assert found.plan is None and said in found.reason, found.reason
    assert found.reason.startswith("plan.toml: ") and "\n" not in found.reason


SENSE = {
    "a spline of a class": (model(formula='"rcs(kras, [1, 2, 3])"'), "a spline of kras, which is no number"),
    "curves of a number": (CURVES.replace('"kras"', '"max_diameter_mm"'), "are by max_diameter_mm, which is a number"),
    "a number as contrast": (
        '[primary]\nendpoint = "OS"\ncontrast = "max_diameter_mm"\n',
        "compares by max_diameter_mm, which is a number. Put it into categories",
    ),
    "a reference of a number": (model(formula='"ecog"', references='{ ecog = "0" }'), "which has no reference"),
    "a person": (model(formula='"patient_id"'), "about groups, not about persons"),
    "a person in a subgroup": (model(subgroup="\"patient_id <> 'P-1'\""), "about groups, not about persons"),
    "a date": (model(formula='"death_date"'), "neither a number nor a class"),
    "classes of a text": (MARGIN.replace("minimal_margin_mm", "sex") + MODEL, "transforms sex, which is no number"),
    "logistic of a time": (model(method='"logistic"'), "TTLTP does not go with logistic"),
    "Cox of no time": (model(endpoint='"LTP"', method='"cox"'), "LTP does not go with cox"),
    "curves of no time": (CURVES.replace('"OS"', '"LTP"'), "names LTP, which is no endpoint"),
    "Fine-Gray without a competing event": (model(endpoint='"OS"', method='"fine_gray"'), "nothing competes with OS"),
    "strata of a logistic model": (model(endpoint='"LTP"', strata='"site"'), "belong to Cox models"),
    "a cluster that is a term": (MARGIN + model(cluster='"margin"'), "which is a term"),
    "a term named like a column": (MARGIN.replace('"margin"', '"kras"') + MODEL, "has the name of a column"),
}


@pytest.mark.parametrize("what", quick(5, SENSE))
def test_what_makes_no_sense_is_refused(what: str) -> None:
    """What has a name but cannot be estimated so is refused with its cure."""
    text, said = SENSE[what]
    found = read(text)
    assert found.plan is None and said in found.reason, found.reason


OTHERWISE = {
    "ras + strata(site)": 'Write it beside the formula: strata = "site".',
    "ras + cluster(patient_id)": 'Write it beside the formula: cluster = "patient_id".',
    "ns(minimal_margin_mm, 3)": "State the knots of a spline: rcs(",
    "factor(ecog)": "Write C(ecog)",
}


@pytest.mark.parametrize("formula", quick(2, OTHERWISE))
def test_what_other_programs_write_is_shown_as_it_is_written_here(formula: str) -> None:
    """The cure is the plan's own way of saying it."""
    found = read(model(formula=f'"{formula}"', level='"lesion"'))
    assert found.plan is None and OTHERWISE[formula] in found.reason, found.reason


CODE = (
    *("__import__('os').system('true')", "open('x')", "kras.__class__", "max_diameter_mm[0]", "[x for x in kras]"),
    *("lambda: 1", "I(np.log(age_at_ablation_years))", "eval(kras)", "`kras`", "{kras}", "kras if sex else ecog"),
    *("poly(max_diameter_mm, 3)", "bs(max_diameter_mm, df=4)", "cr(max_diameter_mm, df=4)", "LTPFS ~ kras"),
    *("rcs(max_diameter_mm, 4)", "rcs(max_diameter_mm, [10, 20])", "rcs(max_diameter_mm, [30, 20, 10])"),
    *("rcs(max_diameter_mm, [10, 20, kras])", "rcs(log(cea_ng_ml), [1, 2, 3])", "rcs(max_diameter_mm, df=3)"),
    *("(kras + nras + braf + ras) ** 9", "kras * nras * braf * ras * sex * ecog * site * segment", "I(2 ** 99)"),
    *("C(kras, contr.sum)", "I(max_diameter_mm > 30)", "hashed(kras, levels=3)", "1", "", "kras +", "a" * 2000),
)


@pytest.mark.parametrize("formula", quick(8, CODE))
def test_a_formula_runs_no_code(formula: str) -> None:
    """Only columns, numbers, arithmetic and the listed functions pass; everything else is refused before it is run."""
    found = read(model(formula=f"'''{formula}'''"))
    assert found.plan is None and found.reason.startswith("plan.toml: "), formula
    assert "\n" not in found.reason


CONDITIONS = {
    "ecog <= 1; DROP TABLE x": "is no single condition",
    "kras": "",
    "ecog <= (SELECT max(ecog) FROM cohort.patients)": "looks beyond one row",
    "row_number() OVER () = 1": "looks beyond one row",
    "count(*) > 1": "calls count_star, which is not allowed",
    "read_text('x') = 'y'": "calls read_text, which is not allowed",
    "random() < 0.5": "calls random, which is not allowed",
    "birth_year < year(today())": "which is not allowed",
    "true": "names no column",
    "segment = '8' AND n_evaluable_lesions = 1": "",
}


@pytest.mark.parametrize("condition", quick(4, CONDITIONS))
def test_a_subgroup_is_one_condition_on_one_row(condition: str) -> None:
    """It reads no file and no clock, asks no other row and is true or false."""
    found = read(model(subgroup=f'"{condition}"'))
    assert found.plan is None and CONDITIONS[condition] in found.reason, found.reason


def test_a_subgroup_speaks_of_its_level() -> None:
    """A column that both views have means the level's own; one that only the other view has means that one."""
    over = {}
    for level in ("patient", "lesion"):
        for column in ("max_diameter_mm > 20", "segment = '8'", "n_evaluable_lesions = 1"):
            plan = followed(model(level=f'"{level}"', subgroup=f'"{column}"'))
            criterion = criterion_of(plan.models[0])
            assert criterion is not None
            over[level, column.split()[0]] = criterion.over
    assert over["patient", "max_diameter_mm"] == "patients" and over["lesion", "max_diameter_mm"] == "lesions"
    assert over["patient", "segment"] is None and over["lesion", "n_evaluable_lesions"] is None
