"""A run that is cut off with web server and daemon is repeated after they are restarted, and nothing is doubled."""

from __future__ import annotations

import pytest

from analysis.plan.analysis_plan import TABLES
from tests.e2e.deliveries import EXAMS, deliver, interface, patients, settled
from tests.e2e.interface import Interface
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release, list_releases
from warehouse.storage.home import Home

__all__ = ["interface"]
pytestmark = pytest.mark.daemon
INTERRUPTED = [("deliveries", "FAILURE")]
ENDED = {"Ctrl-C": (INTERRUPTED,), "SIGTERM": ([], INTERRUPTED)}
"""How the run in progress may end: on SIGTERM it may still finish its work."""
PATIENT = """
    SELECT patient_id, last_liver_exam_date + 30 FROM derived.patient_progression
    WHERE is_evaluable AND coalesce(ltp_date, new_liver_date, extrahepatic_date, death_date) IS NULL
    ORDER BY last_liver_exam_date, patient_id LIMIT 1
"""


def a_patient_without_progression(home: Home) -> tuple[str, str]:
    """The patient without any progression whose follow-up ended first, and the day after it."""
    release = current_release(home)
    assert release is not None
    with open_release(release) as con:
        ((patient, day),) = con.execute(PATIENT).fetchall()
    return patient, day.isoformat()[:10]


def states(interface: Interface, before: set[str]) -> list[tuple[str, str]]:
    """(job, status) of the new runs, newest first."""
    return [(run["jobName"], run["status"]) for run in interface.runs() if run["runId"] not in before]


def test_killed_in_the_middle_of_a_run(interface: Interface) -> None:
    """After SIGKILL to daemon, web server and run and a restart, the run is repeated and nothing is doubled. The
    delivery, a finding outside the lesions, moves times to progression but no LTP: what reads only LTP is kept."""
    home, old = interface.home, current_release(interface.home)
    keys = [f"analysis.{name}" for name in TABLES]
    n_patients = patients(home)
    patient, day = a_patient_without_progression(home)
    before = {run["runId"] for run in interface.runs()}
    deliver(home, "imaging_followups", "2023-02-28", EXAMS, f"{patient},{patient}-E99,{day},ct,yes,,,yes")
    interface.wait(lambda: states(interface, before) == [("deliveries", "STARTED")], "a run")
    interface.kill_all()
    assert current_release(home) == old
    interface.start()
    interface.wait(lambda: current_release(home) != old, "a release")
    runs = [run for run in settled(interface) if run["runId"] not in before]
    told = [(run["jobName"], run["status"], run["tags"].get("registry/by")) for run in runs]
    assert [run["status"] for run in runs] == ["SUCCESS", "FAILURE"], told
    _nothing_is_there_twice(home, n_patients, "2023-02-28")
    assert interface.made_in(*keys) == dict.fromkeys(keys, runs[0]["runId"])
    again = interface.made_anew(*keys)
    assert {"analysis.km_curve", "analysis.cox"} <= again
    assert not {"analysis.ltp_rates", "analysis.table_one"} & again


@pytest.mark.long
@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_ended_in_the_middle_of_a_run(interface: Interface, how: str) -> None:
    """Everything, including the run, ends within a minute; after a restart an interrupted run is repeated at once and
    ends in a release, and nothing is doubled."""
    home, old = interface.home, current_release(interface.home)
    n_patients, before = patients(home), {run["runId"] for run in interface.runs()}
    name = {"Ctrl-C": "2023-04-30", "SIGTERM": "2023-05-31"}[how]
    patient, day = a_patient_without_progression(home)
    deliver(home, "imaging_followups", name, EXAMS, f"{patient},{patient}-{how},{day},ct,yes,,,yes")
    interface.wait(lambda: states(interface, before) == [("deliveries", "STARTED")], "a run")
    interface.end(how)
    has_finished = current_release(home) != old
    interface.start()
    interface.wait(lambda: current_release(home) != old, "a release")
    settled(interface)
    take, *ended = states(interface, before)
    assert take == ("deliveries", "SUCCESS") and ended in ENDED[how] and not (has_finished and ended)
    _nothing_is_there_twice(home, n_patients, name)


def _nothing_is_there_twice(home: Home, n_patients: int, name: str) -> None:
    assert patients(home) == n_patients
    release = current_release(home)
    assert release is not None
    with open_release(release) as con:
        names = con.execute("SELECT file_name FROM meta.loads WHERE starts_with(file_name, ?)", [name]).fetchall()
    assert len(names) == 1
    assert len({r.manifest["content_hash"] for r in list_releases(home)}) == len(list_releases(home))
