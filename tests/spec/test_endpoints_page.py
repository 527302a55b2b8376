"""docs/endpoints.md is what the spec cases make."""

from tests.spec import render
from tests.spec.case import cases_of


def test_page_is_current() -> None:
    """The committed page is what `python -m tests.spec.render` makes of the cases."""
    assert render.PAGE.read_text(encoding="utf-8") == render.page()


def test_titles_are_distinct() -> None:
    """No two clauses of a table carry the same title, so that a title names one case."""
    for sections in render.TABLES.values():
        titles = [case.title for case in cases_of(sections)]
        assert len(titles) == len(set(titles))
