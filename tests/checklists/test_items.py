"""Which items the checklists have, and that each answer is one that is given."""

from __future__ import annotations

import pytest

from analysis.checklists.answers import ANSWERS
from analysis.checklists.document import SAID
from analysis.checklists.items import CHECKLISTS, PAPERS, RECORD, REMARK, STROBE, TITLES


def test_the_items_are_those_of_the_checklists() -> None:
    """STROBE has 22 items, of which some are in parts; RECORD adds 13; REMARK has 20. No number stands twice."""
    assert {item.number.rstrip("abcde") for item in STROBE} == {str(number) for number in range(1, 23)}
    assert len(RECORD) == 13 and [item.number for item in REMARK] == [str(number) for number in range(1, 21)]
    for items in CHECKLISTS.values():
        numbers = [item.number for item in items]
        assert len(set(numbers)) == len(numbers)
    assert set(CHECKLISTS) == set(TITLES) == set(PAPERS)


def test_every_answer_is_given_and_used() -> None:
    """An item names an answer that exists, or none; no answer is without an item."""
    named = {item.answer for items in CHECKLISTS.values() for item in items if item.answer}
    given = set(ANSWERS) | set(SAID)
    assert named == given and not set(ANSWERS) & set(SAID)


@pytest.mark.parametrize("name", CHECKLISTS)
def test_what_only_an_author_knows_is_left_to_the_author(name: str) -> None:
    """Background, interpretation and funding have no answer."""
    left = {item.topic for item in CHECKLISTS[name] if not item.answer}
    assert left and all(item.topic.strip() for item in CHECKLISTS[name])
    if name != "remark":
        assert {"Background", "Interpretation", "Funding", "Generalisability"} <= left
