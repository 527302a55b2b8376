"""Tests that the phases from a dropped file to its release are read from what Dagster recorded."""

import pytest

from benchmarks.file_to_release import phases

WRITTEN = "Changed a moment ago, so may still be being written: a/rfa_sessions/b.csv."
NOTHING = "There are no new files below landing/."


def tick(timestamp: float, reason: str | None = None, runs: tuple[str, ...] = ()) -> dict:
    """One evaluation of the sensor, as the interface reports it."""
    return {"timestamp": timestamp, "status": "SKIPPED", "skipReason": reason, "runIds": list(runs)}


def test_phases_are_seconds_after_the_drop() -> None:
    """An evaluation that found nothing, one that may come after the request, and a later run do not count."""
    ticks = [
        tick(1040, NOTHING), tick(1035, runs=("second",)), tick(1015, runs=("first",)),
        tick(1009, WRITTEN), tick(1004, WRITTEN), tick(1001, NOTHING),
    ]  # fmt: skip
    runs = [{"runId": "second", "startTime": 1037.0}, {"runId": "first", "startTime": 1018.0}]
    found = phases(ticks, runs, 1000.0, 1024.5, 8.25)
    assert (found.noticed, found.requested, found.started, found.released) == (4, 15, 18, 24.5)
    assert found.processor == 8.25


def test_a_file_that_is_quiet_at_once_is_noticed_when_it_is_requested() -> None:
    """With a short quiet time one evaluation notices the file and requests the run."""
    found = phases([tick(1003, runs=("one",))], [{"runId": "one", "startTime": 1006.0}], 1000.0, 1010.0, 1.0)
    assert (found.noticed, found.requested) == (3, 3)


def test_without_a_request_there_are_no_phases() -> None:
    """A release that no evaluation asked for is an error, not a time."""
    with pytest.raises(RuntimeError, match="requested a run"):
        phases([tick(1003, WRITTEN)], [], 1000.0, 1010.0, 1.0)
