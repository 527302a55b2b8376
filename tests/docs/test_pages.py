"""The generated pages of docs/ are current, and leave nothing out."""

import pytest

from tests.docs import commands_page, render, rules_page


@pytest.mark.parametrize("name", render.PAGES)
def test_page_is_current(name: str) -> None:
    """The committed page is what `make docs` writes."""
    assert (render.DOCS / name).read_text(encoding="utf-8") == render.PAGES[name]()


def test_every_command_is_explained() -> None:
    """Every command, and every parameter of it, has words."""
    listed = commands_page.commands()
    assert {c.name for c in listed} >= {"demo", "refresh", "status", "query", "explain", "releases", "ui"}
    assert [c.name for c in listed if not c.words] == []
    assert [(c.name, p.typed) for c in listed for p in c.parameters if not p.words] == []


def test_every_parameter_shows_an_example() -> None:
    """Every parameter that takes a value shows one in its words."""
    for command in commands_page.commands():
        for parameter in command.parameters:
            assert "e.g. " in parameter.words or parameter.default in ("on", "off"), (command.name, parameter.typed)


def test_every_command_takes_home() -> None:
    """Every command takes --home."""
    for command in commands_page.commands():
        assert "--home" in [p.typed for p in command.parameters], command.name


def test_exit_codes_are_those_of_the_contract() -> None:
    """0 done, 1 failed, 2 wrong usage, 3 refused by a gate, 4 another refresh is running."""
    assert list(commands_page.exit_codes()) == [0, 1, 2, 3, 4]


def test_every_rule_says_what_it_sets_aside() -> None:
    """No rule of the catalogue is without effect, a sentence or a category."""
    from schemas.rules import RULES

    for rule in RULES.values():
        assert rules_page.sets_aside(rule), rule.rule_id
        assert rule.sentence and rule.kahn_category, rule.rule_id
