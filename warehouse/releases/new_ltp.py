"""Finds the lesions that have LTP in a release and did not have it in its parent release."""

from warehouse.releases.query import open_release
from warehouse.releases.release import Release, list_releases
from warehouse.storage.home import Home

WITH_LTP = "SELECT site, patient_id, lesion_id FROM derived.lesion_ltp WHERE ltp ORDER BY ALL"


def lesions_with_new_ltp(home: Home, release: Release) -> list[tuple[str, str, str]]:
    """(site, patient_id, lesion_id) of lesions with LTP here but not in the parent; empty if the parent is gone."""
    parent = next((r for r in list_releases(home) if r.release_id == release.manifest.get("parent_release")), None)
    if parent is None:
        return []
    with open_release(release) as con:
        now = con.execute(WITH_LTP).fetchall()
    with open_release(parent) as con:
        before = set(con.execute(WITH_LTP).fetchall())
    return [key for key in now if key not in before]
