"""Times `registry refresh` when there is nothing new, without its imports.

It calls what the command calls, in a process that has already imported it. `python -m benchmarks.quiet_night HOME`
prints seconds and peak memory as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.meter import Meter
from orchestration.refresh import refresh
from warehouse.refresh.anything_to_do import is_up_to_date
from warehouse.storage.home import Home


def main(home: Home) -> None:
    """Refresh a home that is up to date and print the figures. Raises RuntimeError if there was something to do."""
    meter = Meter()
    refresh(home)
    figures = meter.read()
    if not is_up_to_date(home) or "dagster._core.execution" in sys.modules:
        raise RuntimeError("The night was not quiet.")
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])))
