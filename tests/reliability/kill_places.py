"""Places in the code at which a command kills itself, so that narrow windows are hit for certain.

It is the real signal, SIGKILL to the whole process group: nothing is closed, flushed or tidied.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from typing import Any

OF_ALL_PATIENTS = "quarantine of all patients is written, the journal is not"
"""Only a refresh that cleans all patients comes here."""
PLACES: dict[str, tuple[str, str, str]] = {
    "a file is in the archive, its arrival not in the log": ("warehouse.archive.archive", "Archive._place", "after"),
    "half a line is in the log of arrivals": ("warehouse.archive.archive", "append_line", "half"),
    "an arrival is logged, not yet loaded": ("warehouse.archive.archive", "Archive._record", "after"),
    "rows are loaded, the history is not written": ("workflows.load_deliveries", "write_history", "before"),
    "the history is written, in an open transaction": ("workflows.load_deliveries", "write_history", "after"),
    "clean tables are validated, quarantine is not written": ("warehouse.clean.clean", "apply_cross_rules", "before"),
    "quarantine is written, the journal is not": ("warehouse.clean.clean_patients", "journal", "before"),
    "clean tables are committed, their watermark is not": ("warehouse.clean.clean", "account", "before"),
    "a derived table is made, its watermark is not": ("warehouse.refresh.bring_up_to_date", "derive", "after"),
    "the release's database is written": ("warehouse.releases.release_tables", "_finish", "after"),  # copied or patched
    "the release is whole under its other name": ("warehouse.releases.release", "_seal", "after"),
    "the release has its name, current leads to the old": ("warehouse.releases.release", "make_current", "before"),
    "current leads to the new release": ("warehouse.releases.release", "make_current", "after"),
    "the release is out, its watermark is not written": ("assets.release", "_follow", "before"),
    OF_ALL_PATIENTS: ("warehouse.clean.clean", "journal", "before"),
}
"""What has just happened -> module, function, and when the kill comes."""

OF_AN_ERASURE: dict[str, tuple[str, str, str]] = {
    "no release is made again": ("workflows.erasure_steps", "_replace", "before"),
    "one of two releases is made again": ("workflows.erasure_steps", "_replace", "after"),
    "the archive is rewritten": ("workflows.erasure_steps", "erase_from_archive", "after"),
    "the build database is replaced": ("workflows.erasure_steps", "replace_build", "after"),
}
"""The same for `registry forget`."""


def _die(*_: object) -> None:
    os.killpg(0, signal.SIGKILL)
    signal.pause()


def die_at(place: str) -> None:
    """Have the process die when it next reaches that place."""
    holder, name, when = _found(place)
    setattr(holder, name, _dying(getattr(holder, name), when))


def function_at(place: str) -> Callable:
    """Return the function before or after which the process dies. Raises AttributeError if it has moved."""
    holder, name, _ = _found(place)
    return getattr(holder, name)


def _found(place: str) -> tuple[Any, str, str]:
    """Return the module or class, the function's name in it, and when the kill comes."""
    module, path, when = (PLACES | OF_AN_ERASURE)[place]
    holder: Any = importlib.import_module(module)
    *owners, name = path.split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    return holder, name, when


def _dying(function: Callable, when: str) -> Callable:
    def dies(*arguments: object, **named: object) -> None:
        if when == "half":
            _write_half(*arguments)
        if when == "after":
            function(*arguments, **named)
        _die()

    return dies


def _write_half(log: Any, line: str) -> None:
    with open(log, "a", encoding="utf-8") as file:
        file.write(line[: len(line) // 2])
        file.flush()
        os.fsync(file.fileno())
