"""`registry what-moved`: print which subjects and estimates a new definition of an endpoint would change."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.cli.diff import movement_as_json, print_section
from warehouse.derived.endpoint_definitions import definitions, definitions_of
from warehouse.releases.release import Release, find_release
from warehouse.storage.errors import DefinitionRefused
from warehouse.storage.home import Home

if TYPE_CHECKING:
    from analysis.report.sections.what_moved import WhatMoved

MAX_BYTES = 1_000_000
"""A longer file is not read as a definition."""


def what_moved(home: Home, definition: str, format: str, release_id: str | None) -> None:
    """Print what `definition`, a SQL file or an endpoint's name, would change in a release. Raises DefinitionRefused if
    it is not a valid definition.
    """
    name, sql = read_definition(definition)
    found = compare(find_release(home, release_id), name, sql)
    if format == "json":
        _print_json(found)
        return
    from analysis.report.sections.what_moved import build

    section = build(found)
    if format == "markdown":
        from analysis.report.output.markdown import markdown

        sys.stdout.write(markdown(section))
    else:
        print_section(section)


def read_definition(word: str) -> tuple[str, str]:
    """Return a name and the SQL: of a file, or of an endpoint's installed definitions at all its levels."""
    if own := definitions_of(word):
        return f"The definition of {own[0].endpoint}", "\nUNION ALL\n".join(f"({one.select}\n)" for one in own)
    path = Path(word)
    if not path.is_file():
        names = ", ".join(dict.fromkeys(one.endpoint for one in definitions()))
        raise DefinitionRefused(f"{word} is neither a file nor an endpoint.", f"Give a SQL file, or one of {names}.")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DefinitionRefused(f"{path.name} is too long for a definition.", "Give a file with only the SELECT.")
        return path.name, path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DefinitionRefused(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from None


def compare(release: Release, name: str, sql: str) -> "WhatMoved":
    """Compare the definition's rows with the release's, and the endpoint's main estimates from both."""
    from analysis.plan.endpoint_estimates import endpoint_estimates, figures
    from analysis.plan.estimate_changes import movements
    from analysis.report.sections.what_moved import WhatMoved
    from warehouse.diff.difference import LONGEST_LIST
    from warehouse.diff.pair import AFTER, BEFORE
    from warehouse.diff.proposed_definition import beside_release

    with beside_release(release, sql, name) as proposed:
        whom = proposed.whom(LONGEST_LIST)
        moved = {}
        for level in proposed.levels:
            before, after = (
                endpoint_estimates(
                    proposed.subjects(side, level.level), proposed.endpoint, level.level, level.has_competing
                )
                for side in (BEFORE, AFTER)
            )
            shown = figures(level.level, level.has_competing)
            moved[level.level] = movements(before, None, None, None, after, shown)
        return WhatMoved(
            release=release.release_id,
            endpoint=proposed.endpoint,
            was=proposed.was,
            now=proposed.now,
            levels=[vars(level) for level in proposed.levels],
            movements=moved,
            **vars(whom),
        )


def _print_json(found: "WhatMoved") -> None:
    from dataclasses import asdict

    told = asdict(found)
    told["movements"] = {level: [movement_as_json(m) for m in moved] for level, moved in found.movements.items()}
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n")
