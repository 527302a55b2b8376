"""An erasure rewrites releases of earlier versions, whose columns have other names."""

import pytest

from warehouse.erasure.erase_from_release import complete_again, without
from warehouse.releases.release import find_release
from warehouse.storage.home import Home


@pytest.mark.long
def test_completeness_of_an_earlier_release_is_rebuilt(held: tuple[Home, list[str]]) -> None:
    """In a release with the old column n_exams_kept, the counts equal those of a release with today's name."""
    home, releases = held
    with without(home, find_release(home, releases[-1]), "nowhere", set()) as con:
        today = con.execute("FROM quality.completeness").fetchall()
        assert len(today) > 0
        con.execute("ALTER TABLE quality.lesion_followup DROP COLUMN n_exams_in_window")
        con.execute("DROP TABLE quality.completeness; CREATE TABLE quality.completeness AS SELECT 1 AS n_exams_kept")
        complete_again(con)
        assert con.execute("FROM quality.completeness").fetchall() == today
