"""`registry status`: print what a data manager checks in the morning."""

import os
from datetime import UTC, datetime

import typer

from orchestration.automation.settings import QUIET_SECONDS, QUIET_VARIABLE, number
from orchestration.cli.figures import main_figures
from orchestration.cli.home_problems import problems_of_home
from orchestration.cli.notes import print_in_status, say
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.corrections.delivered_again import sentences
from warehouse.intake.landing import SITE_FILE, is_young
from warehouse.intake.landing_problems import landing_problems, waiting_files
from warehouse.intake.overdue_sites import overdue
from warehouse.lake.address import VARIABLE
from warehouse.queries.refused_answers import refused_answers
from warehouse.queries.site_notes import site_notes
from warehouse.redaction.erasure_list import unfinished
from warehouse.refresh.pending_work import why_release_waits_at_rest
from warehouse.refresh.unreleased_arrivals import unreleased_arrivals
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, current_release, problem_of_current
from warehouse.storage.home import Home
from warehouse.storage.lock import is_held

SHOWN_FILES = 5
OPEN = """
    SELECT rule_id, any_value(r.sentence), count(DISTINCT (q.site, q.export, q.delivery, q.line)) AS n
    FROM quality.quarantine q LEFT JOIN (SELECT DISTINCT rule_id, sentence FROM quality.results) r USING (rule_id)
    GROUP BY rule_id ORDER BY n DESC, rule_id LIMIT 8
"""


def status(home: Home) -> None:
    """Print the release and its age, what waits or is overdue, problems, refused answers and open entries by rule."""
    release = current_release(home)
    if release is None:
        typer.echo(problem_of_current(home) or "Nothing has been released yet.")
    else:
        typer.echo(f"Current release  {release.release_id}, {_age(release)} old")
        for line in main_figures(release):
            typer.echo(f"                 {line}")
    if os.environ.get(VARIABLE):
        from orchestration.cli.releases_of_lake import print_in_status as print_lake

        print_lake(release)
    if is_held(home):
        typer.echo("Refresh          running now")
    if said := unfinished(home):
        typer.echo(f"Erasure          {said}")
    archive = Archive(home)
    problems = landing_problems(home)
    _waiting(home, archive, {place.split("/")[1] for place, _ in problems if place.endswith(f"/{SITE_FILE}")})
    _received(unreleased_arrivals(archive, release))
    _not_released(home)
    for late in overdue(archive, datetime.now(UTC)):
        say("Overdue", f"{late.place}: {late.sentence}")
    for sentence in sentences(home):
        say("Retracted", sentence)
    for sentence in problems_of_home(home):
        say("Problem", sentence)
    for place, sentence in problems:
        say("Problem", f"{place}: {sentence}")
    if release is not None:
        _open_issues(release)


def _waiting(home: Home, archive: Archive, stopped: set[str]) -> None:
    """Print what waits in landing/; files of `stopped` sites wait for their site.toml, not for a refresh."""
    waiting = [file for file in waiting_files(home, archive) if file.export != SITE_EXPORT or file.site not in stopped]
    typer.echo(f"Waiting          {len(waiting)} file{'' if len(waiting) == 1 else 's'} in landing/")
    quiet_seconds = number(QUIET_VARIABLE, QUIET_SECONDS)
    young = [file for file in waiting if is_young(file, quiet_seconds)]
    for file in sorted(waiting, key=lambda file: file not in young)[:SHOWN_FILES]:
        written = " changed a moment ago; it may still be being written." if file in young else ""
        typer.echo(f"                 {file.shown_place}{':' if written else ''}{written}")
    if len(waiting) > SHOWN_FILES:
        typer.echo(f"                 and {len(waiting) - SHOWN_FILES:,} more")
    for site in sorted(stopped & {file.site for file in waiting}):
        typer.echo(f"                 files of {site} wait until landing/{site}/{SITE_FILE} is corrected")
    if any(file.site not in stopped for file in waiting):
        typer.echo(f"                 `registry refresh` loads {'the others' if stopped else 'them'}")


def _not_released(home: Home) -> None:
    waits = why_release_waits_at_rest(home)
    for sentence in waits:
        typer.echo(f"Not released     {sentence}")
    if waits:
        typer.echo("                 `registry refresh` makes them and a release; so does the daemon, if it runs")


def _received(arrivals: list[Arrival]) -> None:
    if not arrivals:
        return
    are = "delivery is" if len(arrivals) == 1 else "deliveries are"
    typer.echo(f"Received         {len(arrivals):,} {are} in the archive but not yet in the release:")
    for arrival in arrivals[:5]:
        typer.echo(f"                 {arrival.site}/{arrival.export}/{arrival.delivery}")
    typer.echo("                 `registry refresh` releases them or says what is wrong")


def _open_issues(release: Release) -> None:
    with open_release(release) as con:
        notes = site_notes(con)
        refused = refused_answers(con)
        entries = con.execute(OPEN).fetchall()
    print_in_status(notes)
    if refused:
        typer.echo(f"Refused answers  {sum(n for *_, n in refused):,}: the entries stay open")
        for name, reason, n in refused:
            typer.echo(f"                 {n:>7,}  {name}: {reason}")
        typer.echo(
            "                 `registry query \"FROM quality.answers WHERE status = 'refused'\"` lists each line"
        )
    if not entries:
        typer.echo("Open issues      none")
        return
    typer.echo("Open issues      rows by rule (the eight most frequent)")
    for rule_id, reason, n in entries:
        typer.echo(f"                 {n:>7,}  {rule_id:<10} {reason}")
    typer.echo('                 `registry query "FROM quality.quarantine"` lists them all')


def _age(release: Release) -> str:
    age = datetime.now(UTC) - datetime.fromisoformat(release.manifest["created_at"])
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{max(0, int(hours * 60))} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
