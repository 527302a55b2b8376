"""Find problems of the home itself: files with secrets that others can read, failed pulls, a stopped schedule."""

import stat

from orchestration.alerts.settings import FILE
from warehouse.pulls.pull_sites import problems_now
from warehouse.storage.home import Home


def problems_of_home(home: Home) -> list[str]:
    """Return the problems as sentences, each with its cure."""
    found = [alerts_file_problem(home)]
    found += [f"pull of {place}: {sentence}" for place, sentence in problems_now(home)]
    if (home.dagster / "schedules").is_dir():  # else Dagster need not be loaded
        from orchestration.automation import nightly_check

        found.append(nightly_check.problem(home))
    return [sentence for sentence in found if sentence]


def alerts_file_problem(home: Home) -> str:
    """Return a sentence if others can read alerts.toml, which may hold a webhook's secret address; else ''."""
    path = home.root / FILE
    if not path.exists() or not stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        return ""
    return f"{FILE} can be read by other users and may hold secrets. Run: chmod 600 {path}"
