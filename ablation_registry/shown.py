"""How releases, cohorts and estimates look: as text in a terminal, as HTML in a notebook, light or dark."""

import re
import textwrap
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ablation_registry.cohorts import Cohort
    from ablation_registry.release import Release
    from ablation_registry.results import Plot
    from ablation_registry.summaries import Summary

WIDTH = 110
LONGEST = 60
"""Characters of a cell before it is folded."""
NUMBER = re.compile(r"[<≥>]?\s*[\d–-][\d\s,.()%–\[\]NR<-]*\*?|not reached")
"""A cell that is set flush right."""
STYLE = (
    "<style>.ar-t.ar-t{border-collapse:collapse;margin:.4em 0;font-size:13px;line-height:1.35}"
    ".ar-t.ar-t th,.ar-t.ar-t td{padding:.18em .9em .18em 0;text-align:left;border:0;vertical-align:top}"
    ".ar-t.ar-t tr{background:none}"
    ".ar-t.ar-t th{border-bottom:1px solid currentColor;font-weight:600}"
    ".ar-t.ar-t td.ar-n,.ar-t.ar-t th.ar-n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".ar-h{font-weight:600;margin:.2em 0}.ar-s{font-size:12px;opacity:.75;margin:.15em 0;max-width:60em}"
    ".ar-w{border-left:3px solid #c4500a;padding-left:.6em;margin:.4em 0;max-width:60em}"
    ".ar-p{max-width:34em}.ar-p svg{width:100%;height:auto;background:#fff;padding:.5em;box-sizing:border-box}</style>"
)


def columns_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under their column names, numbers flush right, the last column folded to the width of a terminal."""
    if not rows:
        return "(none)"
    right = [all(not row[place] or NUMBER.fullmatch(row[place]) for row in rows) for place in range(len(columns))]
    widths = [min(LONGEST, max(len(name), *(len(row[i]) for row in rows))) for i, name in enumerate(columns)]
    room = max(24, WIDTH - sum(widths[:-1]) - 2 * (len(columns) - 1))
    widths[-1] = min(max(len(columns[-1]), *(len(row[-1]) for row in rows)), room)
    lines = []
    for cells in [list(columns), *rows]:
        folded = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
        for place in range(max(map(len, folded))):
            parts = [own[place] if place < len(own) else "" for own in folded]
            line = "  ".join(
                part.rjust(width) if is_right else part.ljust(width)
                for part, width, is_right in zip(parts, widths, right, strict=True)
            )
            lines.append(line.rstrip())
    return "\n".join(lines)


def table_html(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the same as an HTML table that takes the notebook's own colours."""
    right = [all(not row[place] or NUMBER.fullmatch(row[place]) for row in rows) for place in range(len(columns))]
    kinds = [' class="ar-n"' if one else "" for one in right]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, columns, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'{STYLE}<table class="ar-t"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def whole_html(parts: str) -> str:
    """Return the parts as one element, which a notebook may place beside others."""
    return f"<div>{parts}</div>"


def heading_html(name: str, words: str = "") -> str:
    """Return a heading with a sentence beside it."""
    return f'{STYLE}<div class="ar-h">{escape(name)}</div>' + (note_html(words) if words else "")


def note_html(words: str) -> str:
    """Return a sentence in small type."""
    return f'<div class="ar-s">{escape(words)}</div>'


def caution_html(words: str) -> str:
    """Return a warning that cannot be overlooked."""
    return f'<div class="ar-w">{escape(words)}</div>' if words else ""


def picture_html(plot: "Plot") -> str:
    """Return a picture as SVG inside the page."""
    from analysis.figures.render import to_svg

    name = re.sub(r"[^a-z0-9]+", "-", plot.alt.lower()).strip("-")[:40].strip("-") or "figure"
    return f'{STYLE}<div class="ar-p">{to_svg(plot.figure, name, plot.alt)}</div>'


def result_text(summary: "Summary", caution: str) -> str:
    """Return an estimate as text."""
    parts = [summary.heading, columns_text(summary.columns, summary.rows)]
    parts += [textwrap.fill(note, WIDTH, subsequent_indent="  ") for note in summary.notes]
    return "\n".join([*parts, *([f"Caution: {caution}"] if caution else [])])


def result_html(summary: "Summary", caution: str) -> str:
    """Return an estimate as HTML."""
    notes = "".join(note_html(note) for note in summary.notes)
    table = table_html(summary.columns, summary.rows)
    return whole_html(f"{heading_html(summary.heading)}{caution_html(caution)}{table}{notes}")


def release_text(release: "Release") -> str:
    """Return a release in three lines."""
    return "\n".join([f"Release {release.id}", *_facts(release)])


def release_html(release: "Release") -> str:
    """Return a release as HTML."""
    return whole_html(heading_html(f"Release {release.id}") + "".join(note_html(fact) for fact in _facts(release)))


def cohort_text(cohort: "Cohort") -> str:
    """Return a cohort with who is left after each step."""
    parts = [_title(cohort), columns_text(*_steps(cohort))]
    return "\n".join([*parts, *([f"Caution: {cohort.caution}"] if cohort.caution else [])])


def cohort_html(cohort: "Cohort") -> str:
    """Return a cohort as HTML."""
    return whole_html(heading_html(_title(cohort)) + caution_html(cohort.caution) + table_html(*_steps(cohort)))


def _title(cohort: "Cohort") -> str:
    title = f"{cohort.recipe.title}: " if cohort.recipe.title else ""
    return f"{title}{_counted(cohort.n, 'patient')} with {_counted(cohort.n_lesions, 'lesion')}"


def _steps(cohort: "Cohort") -> tuple[list[str], list[list[str]]]:
    rows = []
    for step in cohort.steps:
        name = step.name if step.is_kept else f"not: {step.name}"
        rows.append([" ".join(name.split()), f"{step.n_patients:,}", f"{step.n_lesions:,}"])
    return ["step", "patients", "lesions"], rows


def _facts(release: "Release") -> list[str]:
    rows = release.manifest.get("tables", {})

    def n(table: str) -> Any:
        return rows.get(table, {}).get("rows", 0)

    counted = f"{_counted(n('derived.patient_ltpfs'), 'patient')}, {_counted(n('derived.lesion_ltp'), 'lesion')}"
    return [
        f"{counted}, {len(release.tables)} tables",
        ".tables, .describe(table), .sql(query), .cohort(predicate or recipe)",
    ]


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
