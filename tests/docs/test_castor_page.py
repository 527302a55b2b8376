"""What docs/sources/castor.md says of the API is carried out: its site.toml pulls a study from a server."""

from pathlib import Path

import pytest

from tests.docs.test_source_pages import FENCE
from tests.pulls.castor_server import CLIENT, SECRET, STUDY, castor_server
from tests.structure.checkout import ROOT
from tests.warehouse.kit import new_kit
from warehouse.pulls.pull_sites import pull_sites

PAGE = ROOT / "docs" / "sources" / "castor.md"
SITE = "north"


@pytest.mark.long
def test_the_pages_site_toml_pulls_a_study(tmp_path: Path) -> None:
    """With the page's site.toml and the client's file, a pull gives patients and sessions."""
    (text,) = [
        text
        for language, said, text in FENCE.findall(PAGE.read_text(encoding="utf-8"))
        if (language, said) == ("toml", "api")
    ]
    with castor_server() as server, new_kit(tmp_path / "home") as kit:
        kit.configure(SITE, text.replace(f"https://uk.castoredc.com/api/study/{STUDY}/", server.study))
        secret = kit.home.root / "tokens" / SITE / "castor"
        secret.parent.mkdir(parents=True)
        secret.write_text(f"{CLIENT}:{SECRET}")
        secret.chmod(0o600)
        (outcome,) = pull_sites(kit.home, SITE)
        assert outcome.pulled is not None
        kit.refresh()
        assert kit.problems == []
        assert kit.tuples("SELECT patient_id, sex FROM clean.patients ORDER BY ALL") == [
            ("TUK-001", "female"),
            ("TUK-002", None),
            ("TUK-003", None),
        ]
        assert kit.tuples("SELECT patient_id, session_id, max_diameter_mm FROM clean.rfa_sessions") == [
            ("TUK-001", "Ablation - 1", 25.0)
        ]
