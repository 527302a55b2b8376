"""Reads YAML with every scalar as its text: `yes`, 39 and 2020-01-01 are what a site would deliver."""

from typing import Any

from schemas.home_file import HomeFile
from warehouse.own_rules.refusal import RuleRefused

MOST_CHARACTERS = 1_000_000


def parsed(file: HomeFile) -> Any:
    """Return what the file holds. RuleRefused if it is not UTF-8 or not YAML, or states a key twice."""
    import yaml

    class Loader(yaml.BaseLoader):
        """Refuses a key that is stated twice, of which YAML would keep the last in silence."""

        def construct_mapping(self, node, deep=False):
            names = [self.construct_object(key, deep=True) for key, _ in node.value]
            for name in {name for name in names if isinstance(name, str) and names.count(name) > 1}:
                raise yaml.MarkedYAMLError(problem=f"the key {name!r} is stated twice", problem_mark=node.start_mark)
            return super().construct_mapping(node, deep)

    if file.text is None:
        raise RuleRefused("The file is not UTF-8 text, or cannot be read.", "Save it as UTF-8, readable for this user.")
    if len(file.text) > MOST_CHARACTERS:
        raise RuleRefused("The file is longer than a million characters.", "Split it.")
    try:
        return yaml.load(file.text.removeprefix("\ufeff"), Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}" if mark else "some line"
        problem = error.problem if error.problem and "stated twice" in error.problem else ""
        said = f"In {where}, {problem}." if problem else f"The file is not YAML ({where})."
        raise RuleRefused(said, 'Put a text that holds ": ", "#", "{" or quotes into "double quotes".') from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        raise RuleRefused("The file is not YAML.", "Correct it.") from None
