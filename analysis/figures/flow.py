"""The flow of patients and lesions (STROBE item 13) as a hand-written SVG.

Here: boxes, arrows and the wrapping of text. Not here: the counts.

Source of the form: von Elm et al., STROBE statement, Lancet 2007;370:1453; the counts of each stage with
reasons beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, MAIN_WIDTH, SIDE_X = 520, 216, 238
PAD_X, PAD_Y, LINE_HEIGHT, GAP, SIDE_GAP = 12, 10, 17, 26, 14
CHARACTER_WIDTH = 6.8
"""Mean width of a 13-unit sans-serif character, rounded up, so that wrapped text stays inside its box in any
font.
"""
INK, SOFT_INK, RULE, SIDE_FILL = "#1a1a1a", "#595959", "#8c8c8c", "#f6f6f4"


class FlowStep(NamedTuple):
    """One box: what is counted, how many patients and lesions (None: not counted), and reasons, separated by
    ';' or newline.

    `is_exclusion` boxes stand to the right, on the way from the box before to the box after.
    """

    label: str
    patients: int | None
    lesions: int | None
    note: str = ""
    is_exclusion: bool = False


def flow_svg(steps: Sequence[FlowStep], alt: str) -> str:
    """An inline `<svg>` of the flow, top to bottom. Raises ValueError without steps.

    The numbers of a stage need not be the difference of its neighbours: a lesion set aside may come back
    with a correction.
    """
    if not steps:
        raise ValueError("no steps to draw")
    parts: list[str] = []
    y = 1.0
    previous_bottom: float | None = None
    middle = MAIN_WIDTH / 2
    for step in steps:
        width = WIDTH - SIDE_X - 1 if step.is_exclusion else MAIN_WIDTH
        lines = _box_lines(step, width)
        height = 2 * PAD_Y + LINE_HEIGHT * len(lines) - 4
        if step.is_exclusion:
            y += SIDE_GAP if previous_bottom is not None else 0
            parts.append(_box(SIDE_X, y, width, height, lines, side=True))
            parts.append(_arrow(middle, y + height / 2, SIDE_X, y + height / 2))
            y += height
        else:
            y += GAP if previous_bottom is not None else 0
            if previous_bottom is not None:
                parts.append(_arrow(middle, previous_bottom, middle, y))
            parts.append(_box(1, y, width - 1, height, lines, side=False))
            y += height
            previous_bottom = y
    body = "".join(parts)
    label = escape(alt, quote=True)
    return f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {y + 1:.0f}">{body}</svg>'


def counts_text(patients: int | None, lesions: int | None) -> str:
    """'120 patients, 212 lesions', in the right number, leaving out what is not counted."""
    words = []
    for count, one in ((patients, "patient"), (lesions, "lesion")):
        if count is not None:
            words.append(f"{count:,} {one if count == 1 else one + 's'}")
    return ", ".join(words)


def _box_lines(step: FlowStep, width: float) -> list[tuple[str, str]]:
    """The box's text as (kind, line), wrapped to its width."""
    room = int((width - 2 * PAD_X) / CHARACTER_WIDTH)
    lines = [("label", line) for line in _wrap(step.label, int(room * 0.94))]
    lines += [("count", line) for line in _wrap(counts_text(step.patients, step.lesions), room)]
    for reason in step.note.replace("\n", ";").split(";"):
        lines += [("note", line) for line in _wrap(reason.strip(), int(room * 1.06))]
    return lines


def _wrap(text: str, room: int) -> list[str]:
    """Greedy wrapping at spaces; a word longer than the room is cut."""
    lines: list[str] = []
    for word in text.split():
        while len(word) > room:
            lines.append(word[:room])
            word = word[room:]
        if lines and len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _box(x: float, y: float, width: float, height: float, lines: Sequence[tuple[str, str]], *, side: bool) -> str:
    fill = SIDE_FILL if side else "#ffffff"
    stroke = RULE if side else INK
    shape = (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="1"/>'
    )
    looks = {
        "label": f'font-weight="600" fill="{INK}" font-size="13"',
        "count": f'fill="{INK}" font-size="13"',
        "note": f'fill="{SOFT_INK}" font-size="12"',
    }
    first = y + PAD_Y + 9
    words = "".join(
        f'<text x="{x + PAD_X:g}" y="{first + LINE_HEIGHT * place:g}" {looks[kind]}>{escape(line)}</text>'
        for place, (kind, line) in enumerate(lines)
    )
    return shape + words


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line with a small filled head, pointing right or down."""
    head = f"M{x2:g} {y2:g}l-6 -3.2v6.4z" if y1 == y2 else f"M{x2:g} {y2:g}l-3.2 -6h6.4z"
    line = f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{INK}" stroke-width="1" fill="none"/>'
    return f'{line}<path d="{head}" fill="{INK}"/>'
