"""`registry what-moved`: what it says about another definition, and which files it refuses."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.diff.two_releases import new_registry
from tests.orchestration.command import run_here
from warehouse.derived.endpoint_definitions import definitions, definitions_of
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.home import Home

OS = definitions_of("os")[0].select
STUDY = definitions_of("ltpfs_study")[0].select
SECOND = STUDY.replace("'LTPFS_STUDY v1'", "'LTPFS_STUDY v2'")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A release of two dozen patients, every third with LTP."""
    with new_registry(tmp_path_factory.mktemp("moved") / "home") as registry:
        registry.release()
        yield registry.kit.home


def told(home: Home, file: Path, sql: str) -> dict:
    """What the command says about a definition, parsed from JSON."""
    file.write_text(sql, encoding="utf-8")
    ran = run_here(home.root, "what-moved", str(file), "--format", "json")
    assert (ran.code, ran.err) == (0, b"")
    return json.loads(ran.text)


@pytest.mark.long
def test_the_installed_definitions_move_nothing(home: Home) -> None:
    """On a release made by this code, no installed definition moves a patient or an estimate; one that concerns nobody
    in the release says so.
    """
    with open_release(find_release(home)) as con:
        held = {name for (name,) in con.execute("SELECT DISTINCT endpoint FROM derived.time_to_event").fetchall()}
    for endpoint in dict.fromkeys(one.endpoint for one in definitions()):
        ran = run_here(home.root, "what-moved", endpoint.lower(), "--format", "json")
        if endpoint not in held:
            assert ran.code == 1 and b"If the release holds anybody whom it concerns, " in ran.err
            continue
        found = json.loads(ran.text)
        assert found["counts"] == found["ways"] == found["rows"] == [] and found["n_reworded"] == 0
        assert {m["total"] for moved in found["movements"].values() for m in moved} <= {0.0, None}
        assert found["was"] == found["now"]


@pytest.mark.long
def test_who_flips_and_who_moves(home: Home, tmp_path: Path) -> None:
    """With LTP counted only in the first year and censoring ten days earlier, patients with later LTP flip and those
    without move; the counts are those of the release's own rows, and the estimates move with the numbers of events.
    """
    limit = "ltp_date < first_ablation_date + 250"
    v2 = SECOND.replace(
        "coalesce(ltp_date, last_followup_date)", f"CASE WHEN {limit} THEN ltp_date ELSE last_followup_date - 10 END"
    )
    v2 = v2.replace("(ltp_date IS NOT NULL)::INTEGER", f"coalesce({limit}, false)::INTEGER")
    v2 = v2.replace("CASE WHEN ltp_date IS NOT NULL THEN 'LTP'", f"CASE WHEN {limit} THEN 'LTP'")
    found = told(home, tmp_path / "v2.sql", v2)
    with open_release(find_release(home)) as con:
        late, none = con.execute(
            "SELECT count(*) FILTER (ltp AND ltpfs_days >= 250), count(*) FILTER (NOT ltp) FROM derived.patient_ltpfs"
        ).fetchall()[0]
    assert late > 0 and none > 0
    assert found["counts"] == [{"endpoint": "LTPFS_STUDY", "level": "patient", "flipped": late, "moved": none}]
    assert found["ways"] == [
        {"level": "patient", "kind": "moved", "was": "censored", "now": "censored", "n": none},
        {"level": "patient", "kind": "flipped", "was": "LTP", "now": "censored", "n": late},
    ]
    assert len(found["rows"]) == found["n_rows"] == late + none
    assert {(row["was"], row["now"]) for row in found["rows"] if row["kind"] == "flipped"} == {("LTP", "censored")}
    first = found["movements"]["patient"][0]
    assert first["quantity"] == "survival_12m" and first["total"] == pytest.approx(
        first["after"]["estimate"] - first["before"]["estimate"]
    )
    assert first["before"]["n_events"] - first["after"]["n_events"] == late


@pytest.mark.long
def test_the_header_says_whether_an_event_competes(home: Home, tmp_path: Path) -> None:
    """If the header names a competing event, the estimates are incidences even if no row has one."""
    named = SECOND.replace("-- competing: none", "-- competing: death from any cause", 1)
    assert named != SECOND
    found = told(home, tmp_path / "named.sql", named)
    assert found["levels"][0]["has_competing"] and "incidence" in json.dumps(found["movements"])
    plain = told(home, tmp_path / "plain.sql", SECOND)
    assert not plain["levels"][0]["has_competing"] and "incidence" not in json.dumps(plain["movements"])


@pytest.mark.long
def test_a_subject_without_a_row_and_a_new_endpoint(home: Home, tmp_path: Path) -> None:
    """A patient whom the new version leaves out flips; for an endpoint that the release lacks, all subjects are new."""
    fewer = told(home, tmp_path / "fewer.sql", SECOND + " AND patient_id <> 'P01'")
    assert [(row["patient_id"], row["now"]) for row in fewer["rows"]] == [("P01", "not evaluable")]
    new = told(home, tmp_path / "new.sql", STUDY.replace("LTPFS_STUDY", "LOCAL"))
    assert new["was"] == [] and new["levels"][0]["n_before"] == 0
    assert new["counts"][0]["flipped"] == new["levels"][0]["n_after"] > 0


def test_other_words_alone_move_nobody(home: Home, tmp_path: Path) -> None:
    """A subject who keeps event and dates is counted as reworded and is not listed."""
    found = told(home, tmp_path / "words.sql", SECOND.replace("latest qualifying exam", "last exam"))
    assert found["counts"] == found["rows"] == [] and found["n_reworded"] > 0


@pytest.mark.long
def test_text(home: Home, tmp_path: Path) -> None:
    """When piped, the output is plain text with the definitions' names, the counts and the keys."""
    (tmp_path / "v2.sql").write_text(SECOND + " AND patient_id <> 'P01' -- a comment at the end", encoding="utf-8")
    ran = run_here(home.root, "what-moved", str(tmp_path / "v2.sql"))
    assert (ran.code, ran.err) == (0, b"") and "\x1b" not in ran.text
    assert ran.text.startswith("LTPFS_STUDY v2 on release ") and "compared with LTPFS_STUDY v1" in ran.text
    lines = [" ".join(line.split()) for line in ran.text.splitlines()]
    assert "Per patient 24 23 1 0" in lines and any(line.startswith("north / P01 patient flipped") for line in lines)


REFUSED = {
    "copy": ("COPY (SELECT 1) TO 'x.csv'", "is not one SELECT"),
    "attach": ("ATTACH 'x.db'", "is not one SELECT"),
    "two": (f"{OS}; {OS}", "is not one SELECT"),
    "empty file": ("", "is not one SELECT"),
    "no SQL": ("patient_id,session_id\nP-17,S-1\n", "is not SQL (line 1)"),
    "a file": (f"SELECT * FROM ({OS}) SEMI JOIN read_text('/etc/hostname') ON true", "other than the release"),
    "a path": (f"SELECT * FROM ({OS}) SEMI JOIN '/etc/hostname.csv' ON true", "the release"),
    "no such table": (OS.replace("last_known_alive a", "nothing a"), "does not fit the release"),
    "no such column": (OS.replace("p.death_date", "p.day_of_death"), "does not fit the release"),
    "a column missing": (OS.replace("'OS v1' AS definition", "'OS v1' AS name"), "lacks definition"),
    "a column more": (OS.replace("'OS v1' AS definition", "'OS v1' AS definition, 1 AS one"), "columns that"),
    "a competing event that the header denies": (
        STUDY.replace("(ltp_date IS NOT NULL)::INTEGER", "2 * (ltp_date IS NOT NULL)::INTEGER"),
        "its header names no competing event",
    ),
    "another type": (OS.replace("(p.death_date IS NOT NULL)::INTEGER", "'1'"), "event is VARCHAR, not INTEGER"),
    "twice": (OS.replace("USING (site, patient_id)", "ON true"), "a subject occurs twice"),
    "no start": (OS.replace("p.first_ablation_date AS", "NULL::DATE AS"), "leaves start_date empty"),
    "no row": (OS + " WHERE false", "returns no row on this release"),
    "an unknown event": (OS.replace("(p.death_date IS NOT NULL)::INTEGER", "7"), "an event other than 0, 1, 2 and 3"),
    "backwards": (OS.replace("coalesce(p.death_date, a.last_known_alive_date)", "DATE '1999-01-01'"), "ends before it"),
    "two endpoints": (f"({OS}) UNION ALL ({STUDY})", "more than one endpoint"),
    "fails on a cell": (OS.replace("p.site, 'OS'", "p.patient_id::INTEGER::VARCHAR AS site, 'OS'"), "(Conversion)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(home: Home, tmp_path: Path, name: str) -> None:
    """A file that is not a definition gives one line with one cure, exit code 1, no patient's value and no output."""
    sql, complaint = REFUSED[name]
    file = tmp_path / "wrong.sql"
    file.write_text(sql, encoding="utf-8")
    ran = run_here(home.root, "what-moved", str(file))
    assert ran.code == 1 and ran.out == b""
    assert complaint in ran.complaint and ran.complaint.startswith("registry: ") and ran.complaint.endswith(".")
    assert not any(f"P{number:02d}" in ran.complaint or f"P-{number}" in ran.complaint for number in range(1, 25))


def test_neither_a_file_nor_an_endpoint(home: Home) -> None:
    """An unknown name is refused with a list of the endpoints."""
    ran = run_here(home.root, "what-moved", "ltpsf")
    assert ran.code == 1 and "is neither a file nor an endpoint" in ran.complaint and "LTPFS_STUDY" in ran.complaint


@pytest.mark.long
def test_the_release_stays_as_it_is(home: Home, tmp_path: Path) -> None:
    """Nothing is written: the release's file has the same bytes afterwards."""
    database = find_release(home).database
    before = database.read_bytes()
    told(home, tmp_path / "v2.sql", SECOND)
    assert database.read_bytes() == before
