"""An interruption remains an interruption: the run counts as ended from outside, and Dagster retries it."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from assets.privacy import private
from assets.run_outcome import first_failure
from warehouse.storage.home import Home


def raising(error: Exception) -> None:
    """Raise the error."""
    raise error


def why(tmp_path: Path, what) -> tuple[str, str]:
    """Why a run with the single step `what` failed: in Dagster's word and in ours."""

    @dg.asset
    def step() -> None:
        with private(Home(tmp_path), "Loading"):
            what()

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([step], instance=instance, raise_on_error=False)
        assert not result.success
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        return run.tags["dagster/failure_reason"], first_failure(result.all_events)


@pytest.mark.parametrize(
    "what",
    [lambda: raising(duckdb.InterruptException("INTERRUPT")), lambda: raising(RuntimeError("Query interrupted"))],
    ids=["of DuckDB", "of a signal while DuckDB works"],
)
def test_an_interruption_begins_again(tmp_path: Path, what) -> None:
    """A run whose step is interrupted counts as ended from outside, is retried by Dagster, and leaves no report."""
    assert why(tmp_path, what) == ("UNEXPECTED_TERMINATION", "The run was interrupted in step step.")
    assert not Home(tmp_path).error_report.exists()


def test_a_failure_does_not_begin_again(tmp_path: Path) -> None:
    """An error of the step itself counts as a failure of the step, which Dagster does not retry."""
    reason, words = why(tmp_path, lambda: raising(RuntimeError("Query was bad")))
    assert reason == "STEP_FAILURE" and words.startswith("Loading failed (RuntimeError)")
