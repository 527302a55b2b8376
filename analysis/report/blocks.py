"""The parts a page is put together from: paragraphs, tables, figures, warnings, commands, folds; and their
numbering.

Here: plain dataclasses that the template prints. Not here: HTML, numbers, statistics.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """One table cell: its text, and the letter of a footnote if it has one."""

    text: str
    mark: str = ""
    tone: str = ""
    """'', 'good', 'bad', 'soft', or 'heat0' to 'heat3' (shaded more and more): an accent, never the only
    carrier of a meaning; 'unseen' is read aloud only.
    """


class Column(NamedTuple):
    """One table column. Numbers stand right, words left."""

    label: str
    is_number: bool = False
    is_tight: bool = False
    """Words that must not be broken into lines."""


class Row(NamedTuple):
    """One line of a table.

    A group row is a heading across all columns (only its first cell is used); a continued row belongs to the
    line above it.
    """

    cells: Sequence[Cell | str]
    is_group: bool = False
    is_continued: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True)
class Link:
    """A sentence that leads to another page of the release; `address` is relative to this one."""

    text: str
    address: str
    kind: str = "link"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True)
class Callout:
    """A warning or remark that must not be read past."""

    title: str
    text: str
    kind: str = "callout"


@dataclass(frozen=True)
class Command:
    """What to type, and what it answers."""

    text: str
    meaning: str
    kind: str = "command"


@dataclass(frozen=True)
class Definitions:
    """Terms with their meaning."""

    items: Sequence[tuple[str, str]]
    kind: str = "definitions"


@dataclass(frozen=True)
class DataTable:
    """`spans`: an optional upper header line as (label, number of columns). `notes` and `footnotes` stand
    beneath. `source`: the analysis table whose file holds every row of it; '' where there is no such file.
    """

    number: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    footnotes: Sequence[tuple[str, str]] = ()
    spans: Sequence[tuple[str, int]] = ()
    kind: str = "table"
    source: str = ""


@dataclass(frozen=True)
class FigureBlock:
    """`svg` is trusted markup made by analysis.figures; a figure that cannot be drawn has `svg` empty and
    says why in `note`. `name` is that of its files, `figure` the matplotlib figure that was drawn. `curves`: what its
    lines are drawn from, so that a figure that shows nothing new can be told; empty where it has no curves.
    """

    number: str
    caption: str
    svg: str
    note: str = ""
    kind: str = "figure"
    name: str = ""
    figure: Any = field(default=None, repr=False, compare=False)
    curves: frozenset[Hashable] = field(default=frozenset(), repr=False)


@dataclass(frozen=True)
class FigureGrid:
    """Figures side by side where the page is wide enough."""

    figures: Sequence[FigureBlock]
    kind: str = "figures"


@dataclass(frozen=True)
class Fold:
    """Details that a reader opens: `number` ('Table 3') and `title` stand on the closed fold, `hint` says how much is
    in it. Printed, it is open.
    """

    title: str
    blocks: Sequence[Block]
    number: str = ""
    hint: str = ""
    kind: str = "fold"


Block = Paragraph | Link | Heading | Callout | Command | Definitions | DataTable | FigureBlock | FigureGrid | Fold


@dataclass(frozen=True)
class Section:
    """A numbered section of the page with an anchor for the table of contents; `part` is what it belongs to."""

    anchor: str
    title: str
    blocks: Sequence[Block]
    part: str = ""


@dataclass
class Numbering:
    """Numbers of tables and figures in reading order; one per page."""

    tables: int = 0
    figures: int = 0

    def table(self) -> str:
        """The next table's number: 'Table 3'."""
        self.tables += 1
        return f"Table {self.tables}"

    def figure(self) -> str:
        """The next figure's number: 'Figure 3'."""
        self.figures += 1
        return f"Figure {self.figures}"


@dataclass
class Footnotes:
    """Letters for remarks below one table; the same remark gets the same letter. Remarks are separated by ';
    '.
    """

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> str:
        """The letters of the remarks in a text, 'a,c'; '' for an empty one."""
        return ",".join(self.letter(part) for part in text.split("; ") if part)

    def items(self) -> list[tuple[str, str]]:
        """(letter, remark) in the order of first use."""
        return [(self.letter(text), text) for text in self.texts]

    def letter(self, text: str) -> str:
        """The letter of one remark, a new one for a new remark."""
        if text not in self.texts:
            self.texts.append(text)
        place = self.texts.index(text)
        return ascii_lowercase[place % 26] * (1 + place // 26)
