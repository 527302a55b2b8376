"""`registry map` keeps what site.toml says of where files come from, which no file shows."""

from pathlib import Path

from tests.proposals.site_files import lines_of, proposal_of
from warehouse.proposals.site_proposal import propose

SESSIONS = "patient_id;session_id;session_date;lesion_id;max_diameter_mm\n101;S1;2024-01-25;1;21\n"
PLACE = 'place = "s3://clinic/exports"\nendpoint = "https://s3.clinic.example"\nfiles = ["*.csv"]\n'
FETCHED = {
    "place": "s3://clinic/exports",
    "endpoint": "https://s3.clinic.example",
    "files": ["*.csv"],
    "delimiter": ";",
}


def test_a_place_stays(tmp_path: Path) -> None:
    """With what belongs to it, also where the source is called otherwise than its folder; the rest is from files."""
    own = f'[sources.ehr]\n{PLACE}delimiter = ","\n[sources.kis]\nfolder = "files"\nplace = "sftp://r@s.example/x"\n'
    site = f'{own}host_key = "SHA256:{"A" * 43}"\n[exports.rfa_sessions]\nsource = ["ehr", "kis"]\n'
    treated = "patient_id,treatment_id,kind,start_date\n101,T1,resection,2024-01-25\n"
    found = proposal_of(tmp_path, {"site.toml": site, "ehr/1.csv": SESSIONS, "files/1.csv": treated})
    sources = lines_of(found)["sources"]
    assert sources["ehr"] == FETCHED
    assert sources["files"] == {"place": "sftp://r@s.example/x", "host_key": f"SHA256:{'A' * 43}"}
    assert found.notes == ()


def test_what_does_not_hold_is_not_kept(tmp_path: Path) -> None:
    """A mistyped place is no reason to propose nothing. What an API gives has a note too while nothing has come."""
    site = '[sources.ehr]\nplace = "s3:/clinic"\n[sources.red]\nkind = "redcap"\napi = "https://r.example/api/"\n'
    found = proposal_of(tmp_path, {"site.toml": site, "ehr/1.csv": SESSIONS})
    assert lines_of(found)["sources"]["ehr"] == {"delimiter": ";"}
    assert [note[:24] for note in found.notes] == ["No file of red has come "]


def test_a_source_of_which_nothing_has_come(tmp_path: Path) -> None:
    """It is no line of a proposal, which speaks of files; a note says how its files come."""
    site = f"[sources.ehr]\n{PLACE}[exports.rfa_sessions]\nsource = 'ehr'\n"
    (tmp_path / "north").mkdir()
    (tmp_path / "north" / "site.toml").write_text(site)
    (note,) = propose(tmp_path / "north").notes
    assert note.startswith("No file of ehr has come yet. If it is to be fetched, run `registry pull north`")
