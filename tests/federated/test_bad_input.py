"""Files that cannot be used, and studies that sites cannot make: refused with the cure; no bad file stops others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.federated.sites import NORTH, SOUTH, STUDY, Sites, rewritten
from tests.orchestration.command import run_here
from warehouse.cohorts.plan_form import PlanRefused
from warehouse.releases.release import Release, find_release
from warehouse.storage.errors import ReleaseUnknown
from warehouse.storage.home import Home
from workflows.federated.combined import GOES_ON, WAITS, ModelCombined, combine_model, rounds_asked
from workflows.federated.gathered import gather
from workflows.federated.study import read_study


@pytest.fixture(scope="module")
def shared(begun: Sites, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """The files of both sites, and homes that may be changed."""
    folder = tmp_path_factory.mktemp("shared")
    homes = {NORTH: Home(folder / "home")}
    shutil.copytree(begun.homes[NORTH].root, folder / "home", symlinks=True)
    return Sites(homes, begun.study, begun.folder)


@pytest.fixture
def fresh(begun: Sites, tmp_path: Path) -> Sites:
    """The files of two rounds, to change."""
    return begun.fresh(tmp_path)


def left_out(sites: Sites, site: str, words: str) -> None:
    """The site is left out by name, with these words; the other stays."""
    found = gather(read_study(sites.study), [sites.folder / NORTH, sites.folder / SOUTH])
    assert list(found.left_out) == [site] and words in found.left_out[site], found.left_out
    assert list(found.files) == [NORTH if site == SOUTH else SOUTH]


def test_a_file_cut_short(fresh: Sites) -> None:
    """Half a file of the second round: its site is left out, and the others go on from there."""
    path = fresh.file(SOUTH, 2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    left_out(fresh, SOUTH, "is cut short, or no such file. Ask for the file again.")
    ran = fresh.combine()
    assert ran.code == 0 and f"\nleft out: {SOUTH}. {SOUTH}.round-2.json is cut short" in ran.text
    assert f"\n{NORTH}: exact" in ran.text and f"\n{SOUTH}: " not in ran.text and "coefficients-3.json" in ran.text
    facts = json.loads((fresh.folder / "combined" / "combined.json").read_text(encoding="utf-8"))
    assert list(facts["sites"]) == [NORTH] and list(facts["left_out"]) == [SOUTH]


def test_an_altered_file(fresh: Sites) -> None:
    """One digit changed: the checksum does not fit."""
    path = fresh.file(NORTH)
    path.write_text(path.read_text(encoding="utf-8").replace('"n": 1', '"n": 2', 1), encoding="utf-8")
    left_out(fresh, NORTH, "was altered: its checksum does not fit")


def test_files_of_other_versions_and_studies(fresh: Sites) -> None:
    """Another version of the format, another study, another definition of an endpoint."""
    rewritten(fresh.file(SOUTH), version=9)
    left_out(fresh, SOUTH, "has version 9 of the format, and this is version 1")
    rewritten(fresh.file(SOUTH), version=1, study="0" * 64)
    left_out(fresh, SOUTH, "is of study 00000000")
    rewritten(fresh.file(SOUTH), study=read_study(fresh.study).sha256, definitions={"OS": "0" * 64})
    left_out(fresh, SOUTH, "by another definition than this version. Use the same version")


def test_a_site_twice(fresh: Sites, tmp_path: Path) -> None:
    """The same file twice counts once and is said; a second one that differs leaves its site out; and one registry
    under two names takes part once.
    """
    again, study = tmp_path / "again", read_study(fresh.study)
    again.mkdir()
    shutil.copy(fresh.file(NORTH), again)
    folders = [tmp_path / NORTH, tmp_path / SOUTH, again]
    found = gather(study, folders)
    assert found.copies == [f"{NORTH}.round-1.json"] and list(found.files) == [NORTH, SOUTH]
    rewritten(again / f"{NORTH}.round-1.json", n_cells=3)
    found = gather(study, folders)
    assert "Round 1 came twice and differs" in found.left_out[NORTH] and list(found.files) == [SOUTH]
    rewritten(again / f"{NORTH}.round-1.json", n_cells=0, site="elsewhere")
    found = gather(study, folders)
    assert f"It is the same release as {NORTH}" in found.left_out["elsewhere"] and list(found.files) == [NORTH, SOUTH]


def test_a_release_that_changed_between_rounds(fresh: Sites) -> None:
    """An answer of another release than the first round: left out, with what the site does next."""
    rewritten(fresh.file(SOUTH, 2), release_id="20300101T000000Z-00000000")
    left_out(fresh, SOUTH, "Let the site share the first round again, and then answer")


def test_a_first_round_that_is_missing(fresh: Sites) -> None:
    """An answer alone is of no use."""
    fresh.file(NORTH).unlink()
    left_out(fresh, NORTH, "Its first round is missing")


def test_numbers_that_cannot_be(fresh: Sites) -> None:
    """With a fitting checksum: numbers at risk that do not follow, a score of another size, an infinite number."""
    given = json.loads(fresh.file(SOUTH).read_text(encoding="utf-8"))
    curves, models = given["curves"], json.loads(json.dumps(given["models"]))
    curves["survival"]["tables"]["overall"][0]["at_risk"][0] += 1
    rewritten(fresh.file(SOUTH), curves=curves)
    left_out(fresh, SOUTH, "numbers at risk that do not follow")
    curves["survival"]["tables"]["overall"][0]["at_risk"][0] -= 1
    rewritten(fresh.file(SOUTH), curves=curves, models=models | {"within": models["within"] | {"score": [1.0]}})
    left_out(fresh, SOUTH, "has numbers that do not fit its columns")
    wrong = models["within"] | {"score": [float("inf"), 0.0]}
    rewritten(fresh.file(SOUTH), models=models | {"within": wrong})
    left_out(fresh, SOUTH, "finite")


def test_an_answer_that_is_late_or_of_other_coefficients(fresh: Sites) -> None:
    """The round waits for the site by name, and nothing new is asked; when it has come the round goes on."""
    study, path = read_study(fresh.study), fresh.file(SOUTH, 2)
    model = next(one for one in study.models if one.name == "within")
    kept = path.read_bytes()

    def combined() -> ModelCombined:
        found = gather(study, [fresh.folder / NORTH, fresh.folder / SOUTH])
        return combine_model(study, model, found, rounds_asked(study, fresh.folder / "combined"))

    path.unlink()
    ran = fresh.combine()
    assert ran.code == 0 and f"round 2 waits for {SOUTH}" in ran.text and "Next" not in ran.text
    assert f"Combine again when {SOUTH} answered." in ran.text
    path.write_bytes(kept)
    models = json.loads(kept)["models"]
    models["within"]["coefficients"][0] += 1.0
    rewritten(path, models=models)
    assert (combined().state, combined().waits_for) == (WAITS, (SOUTH,))
    path.write_bytes(kept)
    assert combined().state == GOES_ON and combined().asks is not None


def test_nothing_that_can_be_combined(fresh: Sites, tmp_path: Path) -> None:
    """No file, no folder, only bad files, a folder of another study: one line each."""
    (tmp_path / "empty").mkdir()
    assert "there are no files of sites" in fresh.combine("empty").complaint
    assert "is no folder" in fresh.combine("nowhere").complaint
    fresh.file(NORTH).write_text("{", encoding="utf-8")
    assert "Nothing can be combined. north: " in fresh.combine(NORTH).complaint
    other = tmp_path / "combined" / "coefficients-2.json"
    rewritten(other, study="1" * 64)
    assert "is of another study. Name another folder" in fresh.combine(SOUTH).complaint
    other.write_text("{}", encoding="utf-8")
    assert "Remove coefficients-2.json" in fresh.combine(SOUTH).complaint


def test_answers_that_a_site_refuses(shared: Sites, tmp_path: Path) -> None:
    """Coefficients of another study or cut short, another release or mode than in the first round, no first round."""
    source = shared.folder / "combined" / "coefficients-2.json"
    path = tmp_path / "coefficients-2.json"
    path.write_bytes(source.read_bytes())
    rewritten(path, study="1" * 64)
    assert "is of another study" in shared.share(NORTH, "--coefficients", str(path)).complaint
    path.write_bytes(source.read_bytes()[:100])
    assert "is cut short" in shared.share(NORTH, "--coefficients", str(path)).complaint
    ran = shared.answer(NORTH, 2, "--disclosure", "lt5")
    assert ran.code == 1 and "left under none. Leave out --disclosure" in ran.complaint
    log = shared.homes[NORTH].shared / "log.ndjson"
    kept = log.read_bytes()
    log.unlink()
    assert "was not shared from this home. Begin again" in shared.answer(NORTH, 2).complaint
    log.write_bytes(kept)


def test_words_that_do_not_go_together(shared: Sites) -> None:
    """Names of sites, folders to share, options to combine, nothing to combine."""
    assert "not of small letters" in shared.share(NORTH, "--site", "../x").complaint
    home, study, where = shared.homes[NORTH].root, str(shared.study), str(shared.folder / "x")
    for words, said in (
        (("share", study, str(shared.folder / NORTH)), "share takes one study, no folders"),
        (("combine", study), "No folder of sites is named"),
        (("combine", study, str(shared.folder / NORTH), "--site", "x"), "combine takes folders and --out alone"),
    ):
        assert said in run_here(home, "federate", *words, "--out", where).complaint


def test_a_release_that_is_gone_or_rewritten(shared: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later round is of the release of the first one, as it was then: a pruned one, one that an erasure rewrote and
    another one are refused, with what to do.
    """
    real = find_release(shared.homes[NORTH])

    def changed(_home: object, release_id: str | None = None) -> Release:
        if release_id == "2030":
            return Release(real.folder.with_name("20300101T000000Z-00000000"), real.manifest)
        return Release(real.folder, real.manifest | {"content_hash": "0" * 64})

    def gone(_home: object, _release_id: str | None = None) -> Release:
        raise ReleaseUnknown("There is no such release.")

    monkeypatch.setattr("workflows.federated.site.find_release", changed)
    assert "was rewritten since the first round, as an erasure does. Begin again" in shared.answer(NORTH, 2).complaint
    ran = shared.answer(NORTH, 2, "--release", "2030")
    assert "The first round was of release" in ran.complaint and "begin again" in ran.complaint
    monkeypatch.setattr("workflows.federated.site.find_release", gone)
    assert "is gone. Begin again" in shared.answer(NORTH, 2).complaint


MODEL = '[[models]]\nname = "m"\nendpoint = "LTPFS"\nformula = "kras"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MODEL + 'method = "firth"\n', "is firth; sites add up Cox models"),
        (MODEL + 'entry = "last_contact_date"\n', "has entry, which sites cannot do together yet"),
        (MODEL + "imputations = 5\n", "has imputations"),
        (MODEL + "test = true\n", "has test"),
        (MODEL + 'cluster = "site"\n', "clusters by site"),
        (MODEL.replace('"kras"', '"site"'), "has classes of site, of which nobody knows"),
        (MODEL.replace('"kras"', '"C(ablation_year)"'), "has classes of ablation_year"),
        (MODEL.replace("LTPFS", "TTLTP") + 'level = "lesion"\n', "clustered variance needs each site's own"),
        (MODEL.replace('"kras"', '"krs"'), "Did you mean kras"),
        ('[[curves]]\nname = "c"\nendpoint = "OS"\nby = "kras"\nstrata = "sex"\n', "have strata"),
        ('[[curves]]\nname = "c"\nendpoint = "OS"\nby = "site"\n', "has classes of site"),
    ],
)
def test_studies_that_sites_cannot_make(tmp_path: Path, text: str, said: str) -> None:
    """Each is refused in one sentence that names the analysis."""
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanRefused, match=said):
        read_study(path)


def test_the_hash_is_of_what_the_study_says(tmp_path: Path) -> None:
    """Titles, blanks, line ends and the order of analyses are no part of it; a name or a formula is."""

    def hash_of(text: str) -> str:
        path = tmp_path / "study.toml"
        path.write_bytes(text.encode())
        return read_study(path).sha256

    one = hash_of(STUDY)
    parts = STUDY.split("\n[[")
    assert hash_of("\r\n".join(STUDY.splitlines())) == one
    assert hash_of("\n[[".join([parts[0], *parts[:0:-1]])) == one
    assert hash_of(STUDY.replace("RAS and survival at two sites", "another title")) == one
    assert hash_of(STUDY.replace("kras + I(max_diameter_mm / 10)", "kras+I( max_diameter_mm/10 )")) == one
    assert hash_of(STUDY.replace("/ 10", "/ 5")) != one and hash_of(STUDY.replace('"within"', '"inside"')) != one
