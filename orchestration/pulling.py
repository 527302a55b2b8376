"""Pull the sources that say where, and alert on problems that were not known before."""

import os
from collections.abc import Callable, Sequence

from warehouse.pulls.pull_sites import Outcome, pull_sites
from warehouse.pulls.targets import Options, Pulled
from warehouse.storage.home import Home

SHOWN_FILES = 5


def pull_and_tell(
    home: Home,
    site: str | None = None,
    options: Options = Options(),  # noqa: B008 (frozen)
    say: Callable[[str], None] = lambda _: None,
) -> tuple[list[Outcome], list[str]]:
    """Pull and return the outcomes, and problems of sending alerts as sentences."""
    outcomes = pull_sites(home, site, options, say)
    new = [(one.place, one.problem) for one in outcomes if one.is_new]
    if not new or not os.path.lexists(home.root / "alerts.toml"):
        return outcomes, []
    from orchestration.alerts import triggers

    return outcomes, triggers.pulls_failed(home, new)


def lines_of(pulled: Pulled) -> list[str]:
    """Return in sentences what a pull delivered."""
    if not pulled.files:
        return ["nothing delivered" if pulled.problem else "nothing new", *pulled.remarks]
    said = [f"delivered {_list(pulled.files)}{_records(pulled.n_records)}", *pulled.remarks]
    if pulled.n_lost:
        lost = "1 record is" if pulled.n_lost == 1 else f"{pulled.n_lost:,} records are"
        said.append(f"{lost} gone from the project, or lost rows")
    return said


def _list(files: Sequence[str]) -> str:
    more = [f"{len(files) - SHOWN_FILES:,} more"] if len(files) > SHOWN_FILES else []
    *first, last = [*files[:SHOWN_FILES], *more]
    return f"{', '.join(first)} and {last}" if first else last


def _records(n_records: int | None) -> str:
    """Return how many records there are in brackets, '' where it is not known."""
    if n_records is None:
        return ""
    return " (1 record)" if n_records == 1 else f" ({n_records:,} records)"
