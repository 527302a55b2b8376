"""The flow of patients and lesions (STROBE item 13) as a hand-written SVG, and as a figure for pixels.

The form follows von Elm et al., STROBE statement, Lancet 2007;370:1453: the counts of each stage, with
reasons beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.figures import style, warning_band
from analysis.figures.figure_cache import drawn_once
from analysis.figures.fitted_text import with_widths
from analysis.figures.words import said
from analysis.figures.wrapped_text import wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Box = tuple[float, float, float, float, Sequence[tuple[str, str]], bool]
Arrow = tuple[float, float, float, float]

WIDTH, MAIN_WIDTH, SIDE_X = 520, 216, 238
PAD_X, PAD_Y, LINE_HEIGHT, GAP, SIDE_GAP = 12, 10, 17, 26, 14
UNIT_INCHES = 0.0115
"""Size of a unit of the view box on paper, so that the text of a box fits it in matplotlib's wide font too."""
CHARACTER_WIDTH = 6.8
"""Mean width of a 13-unit sans-serif character, rounded up, so that wrapped text stays inside its box in any
font.
"""
FAMILY = f' font-family="{style.FONT}, Verdana, sans-serif"'
INK, SOFT_INK, RULE, SIDE_FILL = "#1a1a1a", "#595959", "#8c8c8c", "#f6f6f4"


class FlowStep(NamedTuple):
    """One box: what is counted, how many patients and lesions (None: not counted), and reasons, separated by
    ';' or a newline.

    `is_exclusion` boxes are on the right, between the box before and the box after.
    """

    label: str
    patients: int | None
    lesions: int | None
    note: str = ""
    is_exclusion: bool = False


def flow_svg(steps: Sequence[FlowStep], alt: str, warning: str = "") -> str:
    """Return an inline `<svg>` of the flow, top to bottom, under a `warning`. Raises ValueError without steps.

    The numbers of a stage need not be the difference of its neighbours: a lesion set aside may return
    with a correction.
    """
    boxes, arrows, height = _layout(steps)
    body = "".join([*(_box(*box) for box in boxes), *(_arrow(*arrow) for arrow in arrows)])
    above, band = _warning(warning)
    label, view = escape(alt, quote=True), f"0 {-above:g} {WIDTH} {height + above:.0f}"
    return f'<svg role="img" aria-label="{label}" viewBox="{view}"{FAMILY}>{with_widths(band + body)}</svg>'


@drawn_once
def flow_figure(steps: Sequence[FlowStep]) -> Figure:
    """Draw the same boxes and arrows as a matplotlib figure, for pixels. Raises ValueError without steps."""
    from matplotlib.patches import Rectangle

    boxes, arrows, height = _layout(steps)
    figure = style.new_figure(height * UNIT_INCHES, WIDTH * UNIT_INCHES)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    for x, y, width, tall, lines, side in boxes:
        look: dict[str, Any] = {"facecolor": SIDE_FILL if side else "white", "edgecolor": RULE if side else INK}
        axes.add_patch(Rectangle((x, y), width, tall, linewidth=0.8, **look))
        for place, (kind, line) in enumerate(lines):
            size = style.FONT_SIZE_PT if kind == "count" else style.SMALL_SIZE_PT
            colour, weight = (SOFT_INK if kind == "note" else INK), ("bold" if kind == "label" else "normal")
            at = (x + PAD_X, y + PAD_Y + 9 + LINE_HEIGHT * place)
            axes.text(*at, line, fontsize=size, color=colour, fontweight=weight, va="baseline")
    for x1, y1, x2, y2 in arrows:
        head = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7}
        axes.annotate("", (x2, y2), (x1, y1), arrowprops=head)
    return figure


def _layout(steps: Sequence[FlowStep]) -> tuple[list[Box], list[Arrow], float]:
    """Return boxes, arrows and the total height, in units of the view box, top to bottom."""
    if not steps:
        raise ValueError("no steps to draw")
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    y = 1.0
    previous_bottom: float | None = None
    middle = MAIN_WIDTH / 2
    for step in steps:
        width = WIDTH - SIDE_X - 1 if step.is_exclusion else MAIN_WIDTH
        lines = _box_lines(step, width)
        height = 2 * PAD_Y + LINE_HEIGHT * len(lines) - 4
        if step.is_exclusion:
            y += SIDE_GAP if previous_bottom is not None else 0
            boxes.append((SIDE_X, y, width, height, lines, True))
            arrows.append((middle, y + height / 2, SIDE_X, y + height / 2))
            y += height
        else:
            y += GAP if previous_bottom is not None else 0
            if previous_bottom is not None:
                arrows.append((middle, previous_bottom, middle, y))
            boxes.append((1, y, width - 1, height, lines, False))
            y += height
            previous_bottom = y
    return boxes, arrows, y + 1


def counts_text(patients: int | None, lesions: int | None) -> str:
    """Return '120 patients, 212 lesions', in the singular or plural, without what is not counted."""
    words = []
    for count, one in ((patients, "patient"), (lesions, "lesion")):
        if count is not None:
            words.append(f"{count:,} {one if count == 1 else one + 's'}")
    return ", ".join(words)


def _box_lines(step: FlowStep, width: float) -> list[tuple[str, str]]:
    """Return the box's text as (kind, line), wrapped to its width."""
    room = int((width - 2 * PAD_X) / CHARACTER_WIDTH)
    lines = [("label", line) for line in wrap(said(step.label), int(room * 0.94))]
    lines += [("count", line) for line in wrap(said(counts_text(step.patients, step.lesions)), room)]
    for reason in step.note.replace("\n", ";").split(";"):
        lines += [("note", line) for line in wrap(said(reason.strip()), int(room * 1.06))]
    return lines


def _box(x: float, y: float, width: float, height: float, lines: Sequence[tuple[str, str]], side: bool) -> str:
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


def _warning(text: str) -> tuple[float, str]:
    """Return the height of a warning's band above the flow, and the band; nothing without a warning."""
    if not text:
        return 0, ""
    lines = wrap(said(text), int((WIDTH - 3 * PAD_X) / (CHARACTER_WIDTH * 0.94)))
    tall = LINE_HEIGHT * len(lines) + PAD_Y
    top = -tall - PAD_Y
    shape = f'<rect x="0" y="{top:g}" width="{WIDTH}" height="{tall:g}" fill="{warning_band.FILL}"/>'
    shape += f'<rect x="0" y="{top:g}" width="5" height="{tall:g}" fill="{warning_band.EDGE}"/>'
    look = f'fill="{warning_band.WORDS}" font-size="12"'
    first = top + PAD_Y / 2 + 12
    words = (
        f'<text x="{1.5 * PAD_X:g}" y="{first + LINE_HEIGHT * place:g}" {look}>{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    return tall + PAD_Y, shape + "".join(words)


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a line with a small filled head, pointing right or down."""
    head = f"M{x2:g} {y2:g}l-6 -3.2v6.4z" if y1 == y2 else f"M{x2:g} {y2:g}l-3.2 -6h6.4z"
    line = f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{INK}" stroke-width="1" fill="none"/>'
    return f'{line}<path d="{head}" fill="{INK}"/>'
