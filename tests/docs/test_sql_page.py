"""What docs/sources/sql.md says is carried out: its site.toml asks its database, and the result is the page's."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.pulling import lines_of
from tests.docs.test_source_pages import FENCE
from tests.structure.checkout import ROOT
from tests.warehouse.kit import new_kit
from warehouse.pulls.pull_sites import pull_sites

PAGE = ROOT / "docs" / "sources" / "sql.md"
SITE = "clinic-a"


@pytest.mark.long
def test_the_page_asks_a_database(tmp_path: Path) -> None:
    """Its pulls print what it shows, and its query gives the result that it shows."""
    blocks = {(language, said): text for language, said, text in FENCE.findall(PAGE.read_text(encoding="utf-8"))}
    database = tmp_path / "ehr.sqlite"
    with closing(sqlite3.connect(database)) as con:
        con.executescript(blocks["sql", "ehr.sqlite"])
    with new_kit(tmp_path / "home") as kit:
        kit.configure(SITE, blocks["toml", "sql"].replace("/srv/ehr/ehr.sqlite", str(database)))
        (kit.home.landing / SITE / "patients.sql").write_text(blocks["sql", "patients.sql"])
        printed = []
        for now in (datetime(2026, 3, 2, 2, tzinfo=UTC), datetime(2026, 3, 3, 2, tzinfo=UTC)):
            (outcome,) = pull_sites(kit.home, SITE, now=now)
            assert outcome.pulled is not None
            printed += [f"{outcome.place}: {line}" for line in lines_of(outcome.pulled)]
        assert printed == re.findall(r"^clinic-a.*", blocks["console", ""], re.M)
        kit.refresh()
        assert kit.problems == []
        rows = [" | ".join(map(str, row)) for row in kit.tuples(blocks["sql", "query"])]
        assert rows == blocks["result", ""].splitlines()
