"""Keeps patients' values out of failures: what an asset raises holds keys, rule ids and counts, never a value.

A library's exception may quote a cell. So every asset works inside `private`: the full report of an unexpected failure
goes to warehouse/last_error.txt (owner only), and Dagster's event store gets the kind of failure and that path.
"""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from warehouse.refresh.recovery import note_damage
from warehouse.storage.errors import RegistryError
from warehouse.storage.faults import fault_at, is_damage, is_interruption
from warehouse.storage.home import PRIVATE_FILE, Home

DAMAGED = "The build database is damaged. Run `registry refresh`: it makes a new one from the archive."


@contextmanager
def private(home: Home, what: str) -> Iterator[None]:
    """Turn failures inside the block into a dg.Failure without values. An interruption remains an interruption."""
    try:
        yield
    except dg.Failure:
        raise
    except RegistryError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except Exception as error:
        if is_interruption(error):  # so that the run counts as ended from outside, and is retried
            raise dg.DagsterExecutionInterruptedError(f"{what} was interrupted.") from None
        if fault := fault_at(home.root, error):
            raise dg.Failure(str(fault), allow_retries=False) from None
        if is_damage(error):
            note_damage(home)
            raise dg.Failure(DAMAGED, allow_retries=False) from None
        write_report(home)
        raise dg.Failure(
            f"{what} failed ({type(error).__name__}). The full report, which may contain patients' values, is in "
            "warehouse/last_error.txt in the registry's home.",
            allow_retries=False,
        ) from None


def write_report(home: Home) -> None:
    """Write the full report of the exception that is being handled, readable by its owner only."""
    home.warehouse.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home.error_report, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(traceback.format_exc())
