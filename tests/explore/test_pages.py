"""Pages answer clicks: numbers are those of the cohort, what cannot be shown is one sentence, files are exact."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from explore.opened import Releases
from explore.routes import application
from tests.e2e.demonstration import Demonstration
from tests.explore.client import TestClient
from tests.explore.copied import home_with_release
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.criteria import Criterion
from warehouse.cohorts.recipe import parse_recipe
from warehouse.cohorts.subjects import Question
from warehouse.cohorts.terms import Term
from warehouse.redaction.erasure_list import ErasedList
from workflows.cohort_estimates.curves import kaplan_meier

SMALL = "/?keep=patients.kras:mutant|wild_type&keep=patients.max_diameter_mm:..30&drop=patients.ecog:2"


def text_of(html: str) -> str:
    """The words of a page, without its marks, each space once."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.long
def test_the_first_page_shows_everybody(pages: TestClient, demonstration: Demonstration) -> None:
    """Everybody is in the cohort, every column is a facet, a curve has numbers at risk, nothing is loaded elsewhere."""
    answer = pages.get("/")
    n_patients, n_lesions = demonstration.rows("SELECT count(*), sum(n_lesions)::INTEGER FROM cohort.patients")[0]
    assert answer.status_code == 200
    assert f'id="n-patients">{n_patients}<' in answer.text and f'id="n-lesions">{n_lesions}<' in answer.text
    assert 'aria-label="Cumulative incidence of LTP, per patient' in answer.text and "At risk" in answer.text
    assert answer.text.count('class="facet" id="facet-patients-') == 38
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text) == []


@pytest.mark.long
def test_attrition_is_that_of_the_cohort(pages: TestClient, demonstration: Demonstration) -> None:
    """Each criterion has a line with the patients and lesions that are left after it."""
    criteria = [
        Criterion("a", "kras IN ('mutant', 'wild_type')"),
        Criterion("b", "max_diameter_mm < 30"),
        Criterion("c", "ecog = 2", False),
    ]
    with demonstration.open() as con:
        steps = choose(con, criteria).steps
    cells = re.findall(r'<td class="number">([\d,]+)', pages.get(SMALL).text.split("</table>")[0])
    assert cells == [f"{n:,}" for step in steps for n in (step.n_patients, step.n_lesions)]


def test_a_form_leads_to_the_link_of_its_page(pages: TestClient) -> None:
    """A pick goes to the place of the one before, an empty one removes it, numbers get one form, ends their order."""

    def after(at: str, **form: str | list[str]) -> str:
        answer = pages.get("/change", params={"at": at, "do": "pick", **form})
        assert answer.status_code == 303, answer.text
        return unquote(answer.headers["location"])

    first = after("", column="patients.kras", value=["mutant", "unknown"])
    assert first == "/?keep=patients.kras:mutant|unknown"
    both = after(first[2:], column="patients.max_diameter_mm", low="30,50", high="10")
    assert both == "/?keep=patients.kras:mutant|unknown&keep=patients.max_diameter_mm:10..30.5"
    assert after(both[2:], column="patients.kras", value="mutant").startswith("/?keep=patients.kras:mutant&keep=")
    assert after(both[2:], column="patients.kras") == "/?keep=patients.max_diameter_mm:10..30.5"
    dropped = after("keep=patients.sex:female&drop=patients.ecog:2", column="patients.sex", value="female", how="drop")
    assert dropped == "/?drop=patients.ecog:2&drop=patients.sex:female"
    dropped = after(both[2:], column="patients.kras", value="mutant", how="drop")
    assert dropped == "/?keep=patients.max_diameter_mm:10..30.5&drop=patients.kras:mutant"


def test_a_column_of_many_numbers_is_cut_at_its_median(pages: TestClient, demonstration: Demonstration) -> None:
    """The link then holds the cut point, so that it shows the same on the next release; another column forgets it."""
    median = demonstration.rows("SELECT median(max_diameter_mm) FROM cohort.patients WHERE kras = 'mutant'")[0][0]
    form = {"do": "ask", "question": "LTPFS/patient", "at": "keep=patients.kras:mutant"}
    location = pages.get("/change", params={**form, "by": "max_diameter_mm"}).headers["location"]
    assert location.endswith(f"&by=max_diameter_mm&cuts={median:.2g}")
    form |= {"at": location[2:], "cuts": f"{median:.2g}", "by": "ecog"}
    assert pages.get("/change", params=form).headers["location"].endswith("&by=ecog")
    form |= {"at": "by=segment&level=lesion", "by": "segment", "cuts": ""}
    assert "by=" not in pages.get("/change", params=form).headers["location"]  # a patient has no segment


@pytest.mark.long
def test_the_curve_is_that_of_the_estimates(pages: TestClient, demonstration: Demonstration) -> None:
    """What is downloaded as a curve is equal to the last bit to Kaplan-Meier of the cohort, as CSV and as Parquet."""
    with demonstration.open() as con:
        choice = choose(con, [Criterion("a", "max_diameter_mm < 30")])
        expected = kaplan_meier(con, choice, Question("LTPFS"), Term(column="kras")).table
    asked = "keep=patients.max_diameter_mm:..30&endpoint=LTPFS&by=kras"
    parquet = pd.read_parquet(io.BytesIO(pages.get(f"/files/curve.parquet?{asked}").content))
    csv = pd.read_csv(io.BytesIO(pages.get(f"/files/curve.csv?{asked}").content), float_precision="round_trip")
    for name in ("time_days", "n_at_risk", "estimate", "lower", "upper"):
        wanted = expected[name].astype(float).tolist()
        assert pd.Series(wanted).equals(parquet[name].astype(float).rename(None)), name
        assert pd.Series(wanted).equals(csv[name].astype(float).rename(None)), name
    assert "p = " in text_of(pages.get(f"/?{asked}").text) or "p < " in text_of(pages.get(f"/?{asked}").text)


@pytest.mark.long
def test_rows_that_leave_are_the_cohort(pages: TestClient) -> None:
    """Patients and lesions are downloaded with every column of their view, the attrition with every step."""
    asked = SMALL[2:]
    shown = pages.get(SMALL).text
    for what, number in (("patients", "n-patients"), ("lesions", "n-lesions")):
        answer = pages.get(f"/files/{what}.csv?{asked}")
        n = re.search(rf'id="{number}">([\d,]+)<', shown)
        assert n and len(pd.read_csv(io.BytesIO(answer.content))) == int(n[1].replace(",", ""))
        assert f"_{what}.csv" in answer.headers["content-disposition"]
    steps = pd.read_csv(io.BytesIO(pages.get(f"/files/attrition.csv?{asked}").content))
    assert len(steps) == 4 and not steps["is_kept"].iloc[-1]


@pytest.mark.long
def test_the_recipe_chooses_the_same_patients(pages: TestClient, demonstration: Demonstration) -> None:
    """The saved recipe is read by the registry, and its criteria leave whom the page shows."""
    answer = pages.get(SMALL.replace("/?", "/recipe.yaml?") + "&endpoint=LTPFS&by=kras&title=Small")
    recipe = parse_recipe(answer.text)
    assert (recipe.title, recipe.endpoint, recipe.by) == ("Small", "LTPFS", (Term(column="kras"),))
    with demonstration.open() as con:
        n = choose(con, recipe.criteria).n_patients
    assert f'id="n-patients">{n}<' in pages.get(SMALL).text
    opened = pages.post("/open", data={"recipe": answer.text})
    assert unquote(opened.headers["location"]).startswith(SMALL)


@pytest.mark.long
def test_nobody_left_names_the_criterion(pages: TestClient) -> None:
    """The page says which criterion removed the last patient, keeps the steps before it, and offers to remove it."""
    html = pages.get("/?keep=patients.kras:mutant&keep=patients.max_diameter_mm:900..").text
    assert "Nobody is left: the criterion “Largest" in text_of(html).replace('"', "“")
    assert 'role="alert"' in html and 'aria-label="Remove Largest diameter, mm: 900 or more"' in html
    assert "Nobody · Ablation registry" in html


@pytest.mark.long
def test_an_outcome_is_warned_of(pages: TestClient) -> None:
    """A cohort that is chosen by what happened later carries the warning on every part of the page."""
    for part in ("curves", "baseline", "model", "lesions", "save"):
        html = pages.get(f"/?keep=lesions.ltp:true&part={part}").text
        assert 'id="outcome-warning"' in html and "known only after the ablation" in html
    assert 'id="outcome-warning"' not in pages.get("/?keep=patients.kras:mutant").text


REFUSED = {
    "/?keep=patients.krass:1": "by which nobody can choose",
    "/?keep=sql:mine:ecg = 0": "Did you mean ecog?",
    "/?keep=sql:mine:random() < 1": "which changes from run to run",
    "/?keep=sql:mine:1=1); DROP TABLE x": "is no single condition",
    "/?endpoint=NONE": "The release has no endpoint NONE",
    "/?by=segment&level=lesion&endpoint=TTLTP": "groups, of which a picture shows 8 at most",
    "/?release=2099": "There is no release",
    "/?page=x": "is not a whole number",
    "/lesion?n=9999": "The cohort has fewer lesions",
    "/tables/clean.nothing": "The release has no such table",
    "/files/passwords.csv": "There is no such download",
    "/files/patients.exe": "There is no such kind of file",
    "/?since=kras": "which is no date",
    "/?with=segment": "which is no column of cohort.patients",
    "/?with=max_diameter_mm:per:x": "The link's model cannot be read",
    "/?with=kras:per:5": "which is no number",
    "/?with=kras&with=kras": "names kras twice",
    "/?within=nothing": "which is no column",
    "/change?do=everything": "nothing that the page can do",
    "/change?do=enter&place=3": "has no such covariate",
}


@pytest.mark.parametrize("link", REFUSED)
def test_what_cannot_be_shown_is_one_sentence(pages: TestClient, link: str) -> None:
    """A refusal says what is wrong on a page of its own, or in the place of what it concerns; never a traceback."""
    answer = pages.get(link)
    assert answer.status_code in (200, 400, 404)
    assert REFUSED[link] in text_of(answer.text)
    assert 'role="alert"' in answer.text and "Traceback" not in answer.text


@pytest.mark.long
def test_a_lesion_has_its_course(pages: TestClient, demonstration: Demonstration) -> None:
    """A lesion of the list opens the picture and the events of its patient; its link names neither."""
    site, patient, lesion = demonstration.rows(
        "SELECT site, patient_id, lesion_id FROM cohort.lesions WHERE ltp ORDER BY ALL LIMIT 1"
    )[0]
    listed = pages.get("/?keep=lesions.ltp:true&part=lesions").text
    link = unescape(re.search(r'href="(/lesion\?[^"]+n=1)"', listed)[1])
    assert patient not in link and lesion in listed
    html = pages.get(link).text
    assert f"{site} / {patient}" in html and f'aria-label="Course of {site} {patient}' in html
    n_events = demonstration.rows(
        f"SELECT count(*) FROM clean.imaging_followups WHERE patient_id = '{patient}' AND site = '{site}'"
    )[0][0]
    assert html.count(">exam<") == n_events


def test_the_catalogue_is_searched_by_words(pages: TestClient, demonstration: Demonstration) -> None:
    """Every table is listed; a search finds tables by their columns' comments; a table shows its columns and rows."""
    n = demonstration.rows(
        "SELECT count(DISTINCT (table_schema, table_name)) FROM information_schema.tables "
        "WHERE table_catalog = current_database()"
    )[0][0]
    assert f"{n} tables." in text_of(pages.get("/tables").text)
    found = pages.get("/tables", params={"q": "capsule 5 mm"}).text
    assert "cohort.lesions" in found and "subcapsular" in found and "derived.time_to_event" not in found
    table = pages.get("/tables/clean.lesions?page=2").text
    assert "Couinaud segment" in table and "Page 2" in text_of(table)
    rows = pd.read_parquet(io.BytesIO(pages.get("/tables/clean.lesions.parquet").content))
    assert len(rows) == demonstration.rows("SELECT count(*) FROM clean.lesions")[0][0]


@pytest.mark.long
def test_every_field_has_a_name(pages: TestClient) -> None:
    """Each field of every part is labelled, each table has headings, each page one main part and one first heading."""
    for part in ("curves", "baseline", "model", "lesions", "save"):
        html = pages.get(f"{SMALL}&part={part}&by=kras").text
        assert html.count("<main") == 1 and html.count("<h1") == 1
        labels = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
        outside = re.sub(r"<label.*?</label>", "", html, flags=re.S)
        for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", outside):
            if 'type="hidden"' not in field:
                assert any(f'id="{name}"' in field for name in labels), field
        ids = re.findall(r' id="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        assert html.count("<table") == html.count("<thead")


FORGED = {
    '{"cluster": 5}': "cluster",
    '{"cluster": "segment"}': "which is no column of cohort.patients",
    '{"covariates": ["kras"]}': "cannot be read",
    '{"include": [{"name": "x", "where": "true"}]}': "cannot be read",
    "[]": "cannot be read",
    "{": "cannot be read",
}


@pytest.mark.parametrize("more", FORGED)
def test_what_a_link_says_of_a_recipe_is_checked(pages: TestClient, more: str) -> None:
    """A link that was changed by hand is refused like a recipe, in one sentence."""
    answer = pages.get("/", params={"more": more})
    assert answer.status_code == 400 and FORGED[more] in text_of(answer.text)


def test_an_unfinished_erasure_is_said(demonstration: Demonstration, tmp_path: Path) -> None:
    """While an erasure is unfinished, every page says that the release may still hold the patient."""
    releases = Releases(home_with_release(demonstration, tmp_path), 60)
    with TestClient(application(releases)) as browser:
        assert "The erasure of" not in browser.get("/tables").text
        ErasedList(releases.home).begin("north", "P1", "Consent withdrawn")
        assert "The erasure of a patient of north" in browser.get("/tables").text
    releases.close()
