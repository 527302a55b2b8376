"""An erased patient's hashes leave the log of what was shared, and the difference to it is not shared."""

from pathlib import Path

import pytest

from tests.erasure.conftest import Forgotten, copy_of
from tests.erasure.erased_home import PATIENT, SITE, WORDS
from tests.erasure.search_home import below_home
from tests.orchestration.command import run_here
from warehouse.releases.share_groups import from_bytes, hashes, key_of
from warehouse.releases.share_log import outputs


@pytest.mark.long
def test_a_shared_patient_is_erased_from_the_log(forgotten: Forgotten, tmp_path: Path) -> None:
    """After `registry forget` no file of shared/ holds the patient's name or hash and `registry verify` finds the log
    whole. The release without the patient is not shared: one patient less is who was erased.
    """
    home = copy_of(forgotten.home, tmp_path)
    hashed = hashes(key_of(home), "patient", [(SITE, PATIENT)])[0].tobytes()
    before = from_bytes(forgotten.groups)
    assert hashed in before["patient"].subjects.tobytes()
    assert not [name for name in below_home(home, WORDS) if name.startswith("shared/")]
    for level in from_bytes(outputs(home)[0].groups.read_bytes()).values():
        assert hashed not in level.patients.tobytes() + level.subjects.tobytes()
    verified = run_here(home.root, "verify")
    assert verified.code == 0 and "shared  intact: 1 output" in verified.text
    again = run_here(home.root, "share", "--out", str(tmp_path / "again"), "--disclosure", "lt5")
    assert again.code == 1 and "1 differ" in again.complaint
