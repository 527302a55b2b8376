"""`registry explore --disclosure`: every download passes the mode, is logged, or is refused with what to do."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from explore.opened import Releases
from explore.routes import application
from schemas.disclosure import MODES
from tests.e2e.demonstration import Demonstration
from tests.explore.client import TestClient
from tests.explore.copied import home_with_release
from tests.explore.test_pages import text_of
from warehouse.storage.home import Home

MODE = MODES["lt5"]
ASKED = "keep=patients.ecog:0|1&endpoint=LTPFS&by=kras"


@pytest.fixture(scope="module")
def home(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home from which nothing left yet."""
    return home_with_release(demonstration, tmp_path_factory.mktemp("controlled"))


@pytest.fixture(scope="module")
def controlled(home: Home) -> Iterator[TestClient]:
    """The pages under lt5."""
    releases = Releases(home, 60)
    with TestClient(application(releases, MODE), follow_redirects=False) as client:
        yield client
    releases.close()


def lines(home: Home) -> list[dict]:
    """The log of what left."""
    log = home.shared / "log.ndjson"
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


@pytest.mark.long
def test_the_page_says_its_mode(controlled: TestClient, pages: TestClient) -> None:
    """On every page, beside each download, and not without a mode."""
    said = text_of(controlled.get(f"/?{ASKED}").text)
    assert "downloads leave under lt5" in said and "Download, as it may leave under lt5" in said
    assert "as it may leave" not in text_of(pages.get(f"/?{ASKED}").text)
    assert "Whole tables do not leave under lt5" in text_of(controlled.get("/tables/cohort.patients").text)


@pytest.mark.long
@pytest.mark.parametrize("what", ["attrition", "curve", "table-1", "model"])
def test_tables_leave_controlled_and_logged(controlled: TestClient, home: Home, what: str) -> None:
    """No count of 1 to 4, the same bytes a second time, and a line in the log for each."""
    n_before = len(lines(home))
    asked = f"{ASKED}&with=kras&with=max_diameter_mm:per:5" if what == "model" else ASKED
    answer = controlled.get(f"/files/{what}.csv?{asked}")
    assert answer.status_code == 200, answer.text
    table = pd.read_csv(io.BytesIO(answer.content))
    assert len(table)
    counts = {"n", "patients", "lesions", "n_at_risk", "n_missing"} | ({"n_events"} if what == "model" else set())
    for name in counts & set(table):
        assert not table[name].isin(range(1, 5)).any(), name
    if what == "curve":
        assert (table["time_months"].round() - table["time_months"]).abs().max() < 1e-6
    assert controlled.get(f"/files/{what}.csv?{asked}").content == answer.content
    new = lines(home)[n_before:]
    assert [(line["what"], line["mode"]) for line in new] == [(f"explore {what}", "lt5")] * 2
    assert "ecog" in new[0]["recipe"] and new[0]["file_sha256"] == new[1]["file_sha256"]


@pytest.mark.long
def test_rows_leave_in_groups_or_not_at_all(controlled: TestClient, home: Home) -> None:
    """The refusal names the columns and links to the rest, which has no identifier and no rare combination."""
    n_before = len(lines(home))
    refused = controlled.get(f"/files/patients.csv?{ASKED}")
    assert refused.status_code == 400 and "fewer than 5 are alike, because of" in text_of(refused.text)
    assert len(lines(home)) == n_before
    link = unescape(refused.text.split('id="rest"')[0].rsplit('href="', 1)[1].split('"')[0])
    answer = controlled.get(link)
    assert answer.status_code == 200, answer.text
    rows = pd.read_csv(io.BytesIO(answer.content))
    assert len(rows) > 5 and not {"patient_id", "lesion_id"} & set(rows)
    assert [line["what"] for line in lines(home)[n_before:]] == ["explore patients"]
    fewer = link.replace("/files/patients.csv?", "/files/patients.csv?drop=patients.age_at_ablation_years:..40&")
    assert controlled.get(fewer).status_code in (200, 400)


def test_whole_tables_do_not_leave(controlled: TestClient) -> None:
    """They hold identifiers, or counts as they are; the page says what may leave instead."""
    for name in ("cohort.patients", "analysis.km_summary"):
        answer = controlled.get(f"/tables/{name}.csv")
        assert answer.status_code == 400 and "registry share" in text_of(answer.text)


def test_the_recipe_hides_who_is_named(controlled: TestClient, demonstration: Demonstration) -> None:
    """A condition that names a patient is masked in what is saved under a mode."""
    ((patient,),) = demonstration.rows("SELECT min(patient_id) FROM cohort.patients")
    recipe = f"exclude: [{{one: \"patient_id = '{patient}'\"}}]\nendpoint: OS"
    at = controlled.post("/open", data={"recipe": recipe}).headers["location"]
    saved = controlled.get(at.replace("/?", "/recipe.yaml?"))
    assert saved.status_code == 200 and patient not in saved.text and "exclude" in saved.text


@pytest.mark.long
def test_a_reader_who_may_not_write_is_told(
    controlled: TestClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the page, before anybody downloads, and by the download itself, with what to do."""
    home.shared.mkdir(exist_ok=True)
    monkeypatch.setattr("explore.control.os.access", lambda path, mode: Path(path) != home.shared)
    assert "Nothing can be downloaded under lt5" in text_of(controlled.get(f"/?{ASKED}").text)
    n_before = len(lines(home))
    answer = controlled.get(f"/files/attrition.csv?{ASKED}")
    assert answer.status_code == 400 and "ask the registry's owner" in unescape(text_of(answer.text))
    assert len(lines(home)) == n_before
