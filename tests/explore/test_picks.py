"""What is picked has one text in a link and one predicate, and a recipe gives the click back."""

from __future__ import annotations

import pytest

from explore.attributes import KEYS, LinkRefused, facets_of, of_view
from explore.clicked import clicked
from explore.picks import Pick, Written, read
from explore.recipes import state_of_recipe, yaml_of
from explore.state import State, query_of, state_of
from schemas.cohort import COHORT
from tests.cohorts.small_release import small_release
from warehouse.cohorts.criteria import check
from warehouse.cohorts.recipe import parse_recipe
from warehouse.cohorts.terms import Term

PICKS = {
    "patients.kras:mutant": (Pick("patients", "kras", ("mutant",)), "kras = 'mutant'", "KRAS: Mutant"),
    "patients.kras:mutant|unknown": (
        Pick("patients", "kras", ("mutant", "unknown")),
        "kras IN ('mutant', 'unknown')",
        "KRAS: Mutant or Unknown",
    ),
    "patients.ecog:0|1|~": (
        Pick("patients", "ecog", ("0", "1"), missing=True),
        "ecog IN (0, 1) OR ecog IS NULL",
        "ECOG performance status: 0 or 1 or no value",
    ),
    "patients.max_diameter_mm:10..30": (
        Pick("patients", "max_diameter_mm", (), "10", "30"),
        "max_diameter_mm >= 10 AND max_diameter_mm < 30",
        "Largest diameter, mm: 10 to under 30",
    ),
    "patients.max_diameter_mm:..30|~": (
        Pick("patients", "max_diameter_mm", (), "", "30", True),
        "max_diameter_mm < 30 OR max_diameter_mm IS NULL",
        "Largest diameter, mm: under 30 or no value",
    ),
    "patients.n_lesions:2..": (Pick("patients", "n_lesions", (), "2"), "n_lesions >= 2", "Lesions ablated: 2 or more"),
    "patients.birth_year:1940..1949|~": (
        Pick("patients", "birth_year", (), "1940", "1949", True),
        "(birth_year >= 1940 AND birth_year <= 1949) OR birth_year IS NULL",
        "Year of birth: 1940 to 1949 or no value",
    ),
    "patients.first_ablation_date:2018-01-01..2018-12-31": (
        Pick("patients", "first_ablation_date", (), "2018-01-01", "2018-12-31"),
        "first_ablation_date >= DATE '2018-01-01' AND first_ablation_date <= DATE '2018-12-31'",
        "Date of first ablation: 2018-01-01 to 2018-12-31",
    ),
    "lesions.ltp:true": (Pick("lesions", "ltp", ("true",)), "ltp", "LTP: Yes"),
    "patients.ltp:false": (Pick("patients", "ltp", ("false",)), "NOT ltp", "LTP of any lesion: No"),
    "lesions.segment:4a|7": (Pick("lesions", "segment", ("4a", "7")), "segment IN ('4a', '7')", "Segment: 4a or 7"),
    "lesions.reason:a%7Cb's|%7E": (
        Pick("lesions", "reason", ("a|b's", "~")),
        "reason IN ('a|b''s', '~')",
        "Why it counts as it does: a|b's or ~",
    ),
}


@pytest.mark.parametrize("text", PICKS)
def test_a_pick_has_one_text_and_one_predicate(text: str) -> None:
    """A link's text is read as the pick and written back; the predicate and its words are as expected."""
    pick, where, name = PICKS[text]
    assert read(text, True) == pick
    assert (pick.text, pick.criterion.where, pick.criterion.name) == (text, where, name)


@pytest.mark.parametrize("text", PICKS)
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_recipe_gives_the_click_back(text: str, is_kept: bool) -> None:
    """The page's own recipe, opened again, shows the same picks, so that they can be clicked on."""
    state = state_of([("keep" if is_kept else "drop", text)])
    assert state_of_recipe(parse_recipe(yaml_of(state))) == state


def test_what_nobody_clicked_stays_a_condition() -> None:
    """A condition in other words, or under another name, is kept word for word."""
    for name, where in (
        ("fit", "ecog = 0"),
        ("ECOG performance status: 0", "ecog=0"),
        ("both", "ecog = 0 AND n_lesions > 1"),
    ):
        assert clicked(Written(name, where)) == Written(name, where)


@pytest.mark.parametrize("view", COHORT)
def test_every_column_can_be_picked(view: str) -> None:
    """Each column of a view but its keys is a facet of it or of the patients', with words of its own."""
    shown = {attribute.name for attribute in facets_of(view)}
    of_patients = {attribute.name for attribute in facets_of("patients")}
    assert {column.name for column in COHORT[view].columns} - set(KEYS) == shown | (
        of_patients & {column.name for column in COHORT[view].columns}
    )
    labels = [attribute.label for attribute in of_view(view)]
    assert len(labels) == len(set(labels)) and not any("_" in label for label in labels)


REFUSED = {
    "patients.krass:mutant": "by which nobody can choose",
    "nobody.kras:mutant": "by which nobody can choose",
    "patients.patient_id:P1": "by which nobody can choose",
    "patients.kras:": "picks nothing",
    "patients.ecog:1; DROP TABLE x..2": "is not a number",
    "patients.max_diameter_mm:nan..": "is not a number",
    "patients.first_ablation_date:2018..": "is not a date",
    "patients.ltp:maybe": "either true or false",
    "sql:name:": "lacks its name or its words",
    "sql.nobody:name:ecog = 1": "lacks its name or its words",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_link_that_cannot_be_meant_is_refused(text: str) -> None:
    """One sentence with its cure, and none of the link's values in it."""
    with pytest.raises(LinkRefused, match=REFUSED[text]) as refused:
        read(text, True)
    assert refused.value.cure and "\n" not in str(refused.value) and "DROP" not in str(refused.value)


def test_a_value_cannot_leave_its_quotes() -> None:
    """A value with quotes and SQL in it is compared as a text: it finds nobody and does nothing."""
    con = small_release()
    pick = read("lesions.segment:7' OR true --", True)
    assert check(con, pick.criterion).criterion.over == "lesions"
    found = con.execute(f"SELECT count(*) FROM cohort.lesions WHERE {pick.criterion.condition}").fetchall()
    assert found == [(0,)]


STATES = (
    State(),
    State(endpoint="OS", by=Term(column="max_diameter_mm", categories=[20, 30]), part="baseline", of="lesions"),
    State(level="lesion", endpoint="TTLTP", by=Term(column="segment"), part="lesions", page=3, is_survival=True),
    State(by=Term(column="kras", categories=True, reference="wild_type"), title="A & B = C", release="20260131T"),
    State(
        picks=(Written("fit: enough", "ecog <= 1 -- & more", "patients"), Written("x", "n_lesions > 1", None, False))
    ),
    State(covariates=(Term(column="kras"), Term(column="cea_ng_ml", log=2), Term(column="max_diameter_mm", per=2.5))),
    State(covariates=(Term(column="max_diameter_mm", categories=[20, 30], reference="< 20"),), strata=("site", "sex")),
    State(level="lesion", time_zero="adequate_date", more='{"cluster": "site"}'),
)


@pytest.mark.parametrize("state", STATES)
def test_a_link_holds_the_whole_state(state: State) -> None:
    """What a link says is read as the same state."""
    from urllib.parse import parse_qsl

    assert state_of(parse_qsl(query_of(state))) == state
    assert query_of(State()) == ""


def test_a_recipe_keeps_what_the_page_has_no_words_for() -> None:
    """A recipe of models, opened and saved again, says the same."""
    recipe = parse_recipe(
        """
        title: Small lesions
        include: [{name: fit, where: ecog <= 1}, {name: small, where: max_diameter_mm < 30, over: lesions}]
        exclude: [{name: unknown, where: "kras = 'unknown'"}]
        endpoint: LTPFS
        by: [kras, {column: max_diameter_mm, categories: [20, 30]}]
        covariates: [kras, {column: cea_ng_ml, log: true}, {column: max_diameter_mm, per: 5}]
        strata: [site]
        time_zero: first_ablation_date
        """
    )
    from urllib.parse import parse_qsl

    again = state_of(parse_qsl(query_of(state_of_recipe(recipe))))
    assert parse_recipe(yaml_of(again)) == recipe
