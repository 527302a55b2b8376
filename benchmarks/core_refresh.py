"""Runs the command `registry` with a refresh that makes the tables and a release of them alone: "core".

No analysis is computed and no product is written; everything else, Dagster's run and its events too, is as a user's.
Run as `python -m benchmarks.core_refresh refresh --home HOME`.
"""

from __future__ import annotations

from functools import partial

import orchestration.definitions
from orchestration.cli.main import run
from workflows.release_products import TABLES_ONLY


def make_core() -> None:
    """Have the definitions of this process ask for no analyses and no products."""
    whole = orchestration.definitions.build_definitions
    orchestration.definitions.build_definitions = partial(whole, products=TABLES_ONLY, analyses=())


if __name__ == "__main__":
    make_core()
    run()
