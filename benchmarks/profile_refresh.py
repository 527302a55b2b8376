"""Runs the command `registry refresh` in this process and counts its processor seconds by step.

A step is called "asset: step within it". What Dagster does between assets and when it stores events is counted apart,
as are imports wherever they happen. `python -m benchmarks.profile_refresh HOME [core]` prints seconds, processor
seconds, peak memory and the steps as JSON.
"""

from __future__ import annotations

import builtins
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orchestration  # noqa: F401 (first: it gives numpy one thread, as a refresh does)
from benchmarks.clock import OTHER, Clock, rebind
from benchmarks.meter import Meter

IMPORTS, DAGSTER = "imports", "Dagster's run and the command"


def watch_imports(clock: Clock) -> None:
    """Charge imports, wherever they happen, to IMPORTS."""
    real = builtins.__import__

    def timed(name: str, *rest: Any, **named: Any) -> Any:
        if name in sys.modules or threading.current_thread() is not threading.main_thread():
            return real(name, *rest, **named)
        with clock.step(IMPORTS):
            return real(name, *rest, **named)

    builtins.__import__ = timed


def watch_assets(clock: Clock) -> None:
    """Charge what an asset does to its sentence, e.g. "Cleaning"; every asset works inside `private`."""
    from assets.privacy import private as real

    @contextmanager
    def timed(home: Any, what: str) -> Iterator[None]:
        with clock.step(what), real(home, what):
            yield

    rebind(real, timed)


def watch_rest(clock: Clock) -> None:
    """Time the steps that only the whole refresh has: analyses, products, Dagster's events."""
    from dagster import DagsterInstance

    from analysis.plan import analysis_plan
    from analysis.report.output import page, png_previews
    from assets import completeness
    from assets.ui import figure_previews
    from orchestration import definitions
    from warehouse.derived import analysis_tables, numbered_tables
    from warehouse.expectations import data_docs
    from warehouse.incremental import change_log, patient_subset
    from warehouse.quality import entry_changes, scorecard
    from warehouse.releases import release_tables, retention
    from warehouse.storage import connection
    from workflows import begin_writing, morning_note, paper_files, report_facts

    watched = {
        "read frames": [numbered_tables.by_number, numbered_tables.patients_by_number],
        "store analysis": [analysis_tables.store],
        "change log": [change_log.due, change_log.lagging, change_log.compact],
        "patients' rows put back": [patient_subset.put_back_counted, patient_subset.put_back_sites],
        "patients' rows shown": [patient_subset.show_due, patient_subset.copy_due, patient_subset.show_sites],
        "what changed": [entry_changes.write_changes],
        "scorecard": [scorecard.write_scorecard, scorecard.trend],
        "copy tables": [release_tables.copy_tables],
        "patch tables": [release_tables.patch_tables],
        "retention": [retention.prune],
        "open the database": [connection.open_build],
        "morning note": [morning_note.note_of_build],
        "tables as CSV": [paper_files.write_csv_files],
        "write page and figures": [paper_files.write_page_files],
        "make page and figures": [page.page_of],
        "previews": [png_previews.flow_picture, png_previews.trend_picture, figure_previews.of_table],
        "report content": [report_facts.report_content, report_facts.flow],
        "Data Docs": [data_docs.write_data_docs],
        "definitions": [definitions.build_definitions],
    }
    for label, functions in watched.items():
        for function in functions:
            clock.watch(function, label)
    for makers in (analysis_plan.TABLES, completeness.MAKERS):
        for name, make in list(makers.items()):
            makers[name] = _timed(clock, make, f"analysis {name}")
    DagsterInstance.handle_new_event = _timed(clock, DagsterInstance.handle_new_event, "Dagster's events")  # type: ignore[method-assign]
    begin_writing.recover = _timed(clock, begin_writing.recover, "recovery")


def _timed(clock: Clock, function: Callable[..., Any], label: str) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        with clock.step(label):
            return function(*args, **kwargs)

    return timed


def main(home: Path, is_core: bool) -> None:
    """Refresh and print the figures."""
    meter = Meter()
    clock = Clock(time.process_time, nested=True)
    clock.seconds["start of Python"] = time.process_time()
    watch_imports(clock)
    with clock.step(IMPORTS):
        import assets.release  # noqa: F401
        import orchestration.cli.refresh
        import orchestration.definitions  # noqa: F401
        from benchmarks.core_refresh import make_core
        from benchmarks.refresh_steps import watch_steps
        from orchestration.cli.main import run
    watch_steps(clock)
    watch_rest(clock)
    watch_assets(clock)
    if is_core:
        make_core()
    sys.argv = ["registry", "refresh", "--home", str(home)]
    run_quietly(run)
    figures = meter.read()
    with clock.step(IMPORTS):  # charges what is open
        steps = {DAGSTER if step == OTHER else step: seconds for step, seconds in clock.seconds.items()}
    print(json.dumps(figures | {"steps": steps}))


def run_quietly(run: Callable[[], None]) -> None:
    """Run the command. Raises RuntimeError if it failed."""
    try:
        run()
    except SystemExit as end:
        if end.code:
            raise RuntimeError(f"The refresh ended with {end.code}.") from None


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_core="core" in sys.argv[2:])
