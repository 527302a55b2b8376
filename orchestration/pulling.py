"""Pull the sources that say where, and alert on problems that were not known before."""

import os
from collections.abc import Callable

from warehouse.pulls.pull_sites import Outcome, pull_sites
from warehouse.pulls.targets import Options
from warehouse.storage.home import Home


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
