"""Defines what the numbers of a column stand for, as the column's format says."""

from collections.abc import Callable
from dataclasses import dataclass

from warehouse.readers.statistics import texts


@dataclass(frozen=True)
class Meaning:
    """What a column's numbers are: `text` turns SQL for a number into SQL for the cell's text.

    `is_date`: the text is an ISO date, or a date and time. `is_number`: the text is the number itself.
    """

    text: Callable[[str], str]
    is_date: bool = False
    is_number: bool = False


NUMBER = Meaning(texts.number, is_number=True)
