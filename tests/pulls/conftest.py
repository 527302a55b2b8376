"""Fixtures of the tests of pulls: a registry's home, a project on a server, and both together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.pulls.redcap_server import TOKEN, Redcap, serving
from tests.warehouse.kit import SITE, Kit, new_kit
from warehouse.pulls.api_token import variable_of
from warehouse.pulls.pull_sites import Outcome, pull_sites
from warehouse.pulls.targets import Options

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DICTIONARY = """\
"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels",Identifier?
pid,patient,text,Record ID,,
name,patient,text,Name,,y
sex,patient,radio,Sex,"1, male | 2, female",
drugs,patient,checkbox,Drugs,"1, FOLFOX | 2, FOLFIRI",
note,patient,notes,Note,,
session,ablation,text,Session,,
rfa_date,ablation,text,Date,,
lesion,ablation,text,Lesion,,
size,ablation,text,Diameter,,
ratio,ablation,calc,Ratio,[size]/2,
"""
DATA = """\
pid,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,name,sex,drugs___1,drugs___2,note,\
patient_complete,session,rfa_date,lesion,size,ratio,ablation_complete
001,,,north,Anna Ärmel,2,1,0,"one, ""two""
three",2,,,,,,
001,ablation,1,north,,,,,,,S1,2021-03-04,1,29,14.5,2
001,ablation,2,north,,,,,,,S2,2021-09-04,2,12,6,2
002,,,north,Bert,1,0,0,,2,,,,,,
002,ablation,1,north,,,,,,,S1,2021-03-05,1,15,7.5,2
003,,,north,Cleo,2,0,1,,2,,,,,,
003,ablation,1,north,,,,,,,S1,2021-03-06,1,20,10,2
004,,,north,Dora,2,0,0,NA,2,,,,,,
004,ablation,1,north,,,,,,,S1,2021-03-07,1,18,9,2
005,,,north,Emil,1,0,0,,2,,,,,,
005,ablation,1,north,,,,,,,S1,2021-03-08,1,22,11,2
006,,,north,Fatma,2,0,0,,2,,,,,,
006,ablation,1,north,,,,,,,S1,2021-03-09,1,22,11,2
"""
SITE_TOML = """
[sources.redcap]
kind = "redcap"
dictionary = "redcap_dictionary.csv"
api = "{address}"

[exports.patients]
source = "redcap"
mode = "{mode}"
[exports.patients.columns]
patient_id = "pid"
sex = {{ from = "sex", labels = true }}

[exports.rfa_sessions]
source = "redcap"
mode = "{mode}"
instrument = "ablation"
[exports.rfa_sessions.columns]
patient_id = "pid"
session_id = "session"
session_date = "rfa_date"
lesion_id = "lesion"
max_diameter_mm = "size"
"""


class Clinic:
    """A site whose project lies on a server. `pull` is `registry pull` at a time; waits between attempts are kept."""

    def __init__(self, kit: Kit, project: Redcap):
        self.kit, self.project = kit, project
        self.waits: list[float] = []
        self.now = START
        self.configure()

    def configure(self, mode: str = "delta", address: str = "", text: str = SITE_TOML) -> None:
        """Write the site.toml."""
        self.kit.configure(SITE, text.format(address=address or self.project.address, mode=mode))

    def outcome(self, after: timedelta = timedelta(hours=1), **options: bool | int) -> Outcome:
        """Pull this much later than before, and return how it ended."""
        self.now += after
        chosen = Options(**({"page_records": 2} | options))  # type: ignore[arg-type]
        (outcome,) = pull_sites(self.kit.home, SITE, chosen, sleep=self.waits.append, now=self.now)
        return outcome

    def pull(self, after: timedelta = timedelta(hours=1), **options: bool | int) -> list[str]:
        """Pull and return the kinds of the files that were delivered."""
        outcome = self.outcome(after, **options)
        assert outcome.pulled is not None, outcome.problem
        return [name.split("_")[-1].removesuffix(".csv") for name in outcome.pulled.files]

    def problem(self, after: timedelta = timedelta(hours=1), **options: bool | int) -> str:
        """Pull, which fails, and return why; nothing may have been delivered."""
        before = self.files()
        outcome = self.outcome(after, **options)
        assert outcome.pulled is None
        assert self.files() == before
        return outcome.problem

    def files(self) -> dict[str, bytes]:
        """Return everything in the site's folder but site.toml, by name."""
        folder = self.kit.home.landing / SITE
        return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "site.toml"}

    def newest(self, kind: str) -> str:
        """Return the text of the newest file of this kind."""
        return [content for name, content in self.files().items() if name.endswith(f"_{kind}.csv")][-1].decode()

    def sessions(self) -> list[tuple]:
        """Return the sessions that count after a refresh."""
        self.kit.refresh()
        assert self.kit.problems == []
        return self.kit.tuples(
            "SELECT patient_id, session_id, lesion_id, max_diameter_mm::INT FROM clean.rfa_sessions ORDER BY ALL"
        )


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A registry's home, and the project's token in the environment."""
    monkeypatch.setenv(variable_of(SITE, "redcap"), TOKEN)
    with new_kit(tmp_path / "home") as made:
        yield made


@pytest.fixture
def clinic(kit: Kit) -> Iterator[Clinic]:
    """A site with a project of six patients on a server."""
    with serving(Redcap(DICTIONARY, DATA)) as project:
        yield Clinic(kit, project)


@pytest.fixture
def clinic_of(kit: Kit) -> Callable[[Redcap], Clinic]:
    """Make a site of a project that is being served."""
    return lambda project: Clinic(kit, project)
