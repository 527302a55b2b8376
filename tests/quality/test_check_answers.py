"""`registry check` says what would become of each line of an answered query sheet, as a refresh does afterwards."""

from pathlib import Path

import pytest

from tests.quality.site_at_work import SITE, Site
from workflows.check_site import check_site


@pytest.mark.long
def test_applied_and_refused_lines(tmp_path: Path) -> None:
    """A correction that helps, and one that changes nothing; nothing is changed by the check."""
    site = Site(tmp_path)
    site.sessions(
        "2024-01.csv", "P1,S1,2020-01-01,L1,3000,5,50", "P2,S1,soon,L1,20,5,50", "P3,S1,2020-01-01,L1,20,5,50"
    )
    site.refresh()
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", 30)
    sheet.answer("TYPE-01", "correct", "soon", column="session_date")
    site.hand_back(sheet, "a.xlsx")
    (file,) = check_site(site.home, SITE).files
    (one,) = file.deliveries
    said = [(answered.status, answered.reason, line) for answered in one.answers for line in answered.lines]
    assert site.ask("SELECT count(*) FROM quality.answers") == [(0,)]
    site.refresh()
    assert sorted(said) == sorted((status, reason or "", line) for line, _, status, reason in site.answers())
    assert len(said) == 2 and {status for status, *_ in said} == {"applied", "refused"}
