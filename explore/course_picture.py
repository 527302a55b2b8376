"""Draws a patient's course: a lane for each lesion and one for the patient, marks at their days, a key below."""

from collections.abc import Sequence
from datetime import date
from html import escape

from analysis.figures import style
from analysis.figures.fitted_text import with_widths
from explore.course import (
    CONTACT,
    DEATH,
    EQUIVOCAL,
    FREE,
    KIND_WORDS,
    LTP,
    NEW_TUMOUR,
    NOT_SEEN,
    SPECIMEN,
    TREATED,
    TREATMENT,
    VIABLE,
    Course,
    Lane,
    Mark,
)
from schemas.thresholds import DAYS_PER_MONTH

WIDTH, LEFT, RIGHT, LANE, TOP, AXIS, KEY_ROW = 780.0, 178.0, 16.0, 44.0, 10.0, 40.0, 22.0
FAMILY = f'font-family="{style.FONT}, Verdana, sans-serif"'
KEY_COLUMNS = 5
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
MOST_TICKS = 9
ON_TOP = (NOT_SEEN, FREE, EQUIVOCAL, SPECIMEN, CONTACT, TREATMENT, NEW_TUMOUR, VIABLE, TREATED, DEATH, LTP)
"""The order in which marks are drawn, so that what matters lies on top."""


def course_svg(course: Course, alt: str) -> str:
    """Return an inline `<svg>`; '' without a dated event. Times run from the first ablation, in months."""
    days = [mark.day for lane in course.lanes for mark in lane.marks]
    if not days:
        return ""
    treated = [mark.day for lane in course.lanes for mark in lane.marks if mark.kind == TREATED]
    zero = min(treated or days)
    shown = [day for day in days if day >= zero]
    last = max(shown)
    ticks = _ticks((last - zero).days / DAYS_PER_MONTH)
    end = max(ticks[-1], (last - zero).days / DAYS_PER_MONTH)
    height = TOP + LANE * len(course.lanes)

    def x_of(day: date) -> float:
        months = max((day - zero).days / DAYS_PER_MONTH, 0.0)
        return LEFT + 8 + (WIDTH - LEFT - RIGHT - 16) * months / max(end, 1.0)

    kinds = [kind for kind in KIND_WORDS if any(mark.kind == kind for lane in course.lanes for mark in lane.marks)]
    body = _axis(ticks, end, height)
    body += "".join(_lane(lane, TOP + LANE * (place + 0.5), x_of, zero) for place, lane in enumerate(course.lanes))
    key, key_height = _key(kinds, height + AXIS + 14)
    label = escape(alt, quote=True)
    whole = height + AXIS + 14 + key_height
    return (
        f'<svg class="course" role="img" aria-label="{label}" viewBox="0 0 {WIDTH:g} {whole:g}" {FAMILY}>'
        f"{with_widths(body + key)}</svg>"
    )


def _ticks(months: float) -> list[int]:
    step = next((step for step in MONTH_STEPS if months / step < MOST_TICKS), MONTH_STEPS[-1])
    return [step * place for place in range(int(months // step) + 2)]


def _axis(ticks: Sequence[int], end: float, height: float) -> str:
    parts = []
    for tick in ticks:
        x = LEFT + 8 + (WIDTH - LEFT - RIGHT - 16) * tick / max(end, 1.0)
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP:g}" x2="{x:.1f}" y2="{height:g}" stroke="{style.HAIRLINE}"/>'
            + _text(x, height + 16, str(tick), "middle")
        )
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    return "".join(parts) + _text(middle, height + 34, "Months since the first ablation", "middle")


def _lane(lane: Lane, y: float, x_of, zero: date) -> str:
    body = _text(0, y - 2 if lane.detail else y + 4, lane.name, weight=' font-weight="600"')
    body += _text(0, y + 13, lane.detail, size=11, colour=style.SOFT_INK) if lane.detail else ""
    marks = sorted(lane.marks, key=lambda mark: (ON_TOP.index(mark.kind), mark.day))
    inside = [mark.day for mark in marks if mark.day >= zero]
    if inside:
        first, last = x_of(min(inside)), x_of(max(inside))
        body += (
            f'<line x1="{first:.1f}" y1="{y:g}" x2="{last:.1f}" y2="{y:g}" stroke="{style.GREY}" stroke-width="1.2"/>'
        )
    for mark in marks:
        before = " (before the first ablation)" if mark.day < zero else ""
        body += f"<g><title>{escape(mark.said + before)}</title>{_drawn(mark, x_of(mark.day), y)}</g>"
    return body


def _drawn(mark: Mark, x: float, y: float) -> str:
    """Return the mark's shape: its form says what it is, its colour only helps."""
    ink, free, bad = style.INK, style.BLUE, style.VERMILLION
    if mark.kind == TREATED:
        return f'<rect x="{x - 6:.1f}" y="{y - 6:g}" width="12" height="12" fill="{ink}"/>'
    if mark.kind == LTP:
        return f'<path d="M{x:.1f} {y - 8:g}l6 -9h-12z" fill="{bad}"/>'
    if mark.kind == DEATH:
        return f'<path d="M{x - 6:.1f} {y - 6:g}l12 12m0 -12l-12 12" stroke="{ink}" stroke-width="2.4" fill="none"/>'
    if mark.kind == CONTACT:
        return f'<path d="M{x:.1f} {y - 7:g}v14" stroke="{ink}" stroke-width="2" fill="none"/>'
    if mark.kind == SPECIMEN:
        return f'<path d="M{x:.1f} {y - 6:g}l6 11h-12z" fill="#fff" stroke="{style.PURPLE}" stroke-width="1.6"/>'
    if mark.kind == TREATMENT:
        return f'<path d="M{x - 5:.1f} {y - 6:g}l10 6l-10 6z" fill="#fff" stroke="{ink}" stroke-width="1.6"/>'
    if mark.kind == NEW_TUMOUR:
        return f'<path d="M{x:.1f} {y - 6:g}l6 6l-6 6l-6 -6z" fill="{style.OCHRE}"/>'
    if mark.kind == VIABLE:
        return f'<circle cx="{x:.1f}" cy="{y:g}" r="5.5" fill="{bad}"/>'
    if mark.kind == EQUIVOCAL:
        half = f'<path d="M{x:.1f} {y - 5:g}a5 5 0 0 1 0 10z" fill="{style.OCHRE}"/>'
        return f'<circle cx="{x:.1f}" cy="{y:g}" r="5" fill="#fff" stroke="{style.OCHRE}" stroke-width="1.6"/>{half}'
    if mark.kind == FREE:
        return f'<circle cx="{x:.1f}" cy="{y:g}" r="5" fill="#fff" stroke="{free}" stroke-width="1.8"/>'
    return f'<circle cx="{x:.1f}" cy="{y:g}" r="2.6" fill="{style.GREY}"/>'


def _key(kinds: Sequence[str], top: float) -> tuple[str, float]:
    """Explain the marks; return the drawing and its height."""
    step = WIDTH / KEY_COLUMNS
    body = ""
    for place, kind in enumerate(kinds):
        x, y = 8 + step * (place % KEY_COLUMNS), top + KEY_ROW * (place // KEY_COLUMNS) + 8
        at = y + 12 if kind == LTP else y
        body += _drawn(Mark(date.min, kind, ""), x, at) + _text(x + 13, y + 4, KIND_WORDS[kind], size=11)
    return body, KEY_ROW * -(-len(kinds) // KEY_COLUMNS) + 8


def _text(
    x: float, y: float, words: str, anchor: str = "start", size: int = 12, colour: str = style.INK, weight: str = ""
) -> str:
    if not words:
        return ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}'
    return f"<text {place}>{escape(words)}</text>"
