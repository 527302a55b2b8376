"""Tests that what prose names exists: modules, links, paths, make targets and commands."""

import importlib.util
import re
from pathlib import Path

from tests.structure.checkout import ROOT, files, name_of
from tests.structure.prose import (
    COMMAND,
    MODULE,
    PAGE_NAME,
    PAGES,
    PATH,
    TARGETS,
    anchors_of,
    code_of,
    links_of,
    text_of,
)

NAMED = re.compile(r"(?<![\w./-])((?:[\w-]+/)*[\w-]+[.]py)\b")
IN_A_HOME = ("warehouse/scratch/", "warehouse/build-damaged.duckdb", "warehouse/refresh.lock")
"""Paths of a registry's home, whose folder `warehouse/` has the name of a room."""
IN_A_RELEASE = {"morning_note.md", "quality_label.md"}
"""Pages that a release, or an export of it, holds."""


def test_every_named_module_exists() -> None:
    """A path from the checkout or from a room, or a bare file name, leads to a file."""
    known = [name_of(path) for path in files(".py")]
    bare = {path.rsplit("/", 1)[-1] for path in known}
    stale = [
        (name_of(path), named)
        for path in files(".py", ".md", ".sql")
        for named in NAMED.findall(path.read_text(encoding="utf-8"))
        if not (named in bare if "/" not in named else any(one == named or one.endswith(f"/{named}") for one in known))
    ]
    assert stale == []


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    """A link within the checkout leads to a file that is there; its anchor is a heading of that page."""
    dead = [
        (name_of(page), str(target), anchor)
        for page in PAGES
        for target, anchor in links_of(page)
        if not target.exists() or (anchor and anchor not in anchors_of(target))
    ]
    assert dead == []


def test_every_path_exists() -> None:
    """A path that a page names from the top of the checkout is there; a star stands for any name."""
    stale = [
        (name_of(page), named)
        for page in PAGES
        for named in PATH.findall(text_of(page))
        if "<" not in named
        and "NAME" not in named
        and not named.startswith(IN_A_HOME)
        and not any((*ROOT.glob(named), *ROOT.glob(f"{named}-*")))
    ]
    assert stale == []


def test_every_named_page_exists() -> None:
    """A page that another names by its bare file name is there, or is a file of every release."""
    known = {page.name for page in PAGES} | IN_A_RELEASE
    stale = [(name_of(page), one) for page in PAGES for one in PAGE_NAME.findall(text_of(page)) if one not in known]
    assert stale == []


def test_every_page_that_code_refers_to_exists() -> None:
    """A page named in a docstring or comment is one of this project, or a file of every release."""
    known = {path.name for path in files(".md")} | IN_A_RELEASE
    stale = {
        (name_of(path), one)
        for path in files(".py", ".sql")
        if not name_of(path).startswith("tests/")
        for one in PAGE_NAME.findall(path.read_text(encoding="utf-8"))
        if one not in known
    }
    assert stale == set()


def test_every_page_is_reachable_from_the_readme() -> None:
    """Whoever begins at README.md, or at the index in docs/, gets to every page of docs/ by links alone."""
    for start in (ROOT / "README.md", ROOT / "docs" / "README.md"):
        seen, ahead = set(), [start]
        while ahead:
            page = ahead.pop()
            if page not in seen and page.suffix == ".md" and page.exists():
                seen.add(page)
                ahead += [target for target, _ in links_of(page)]
        assert [name_of(page) for page in PAGES if page not in seen] == [], start


def test_every_make_target_exists() -> None:
    """A page names a `make` target only if the Makefile has it."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = [(name_of(page), words) for page in PAGES for code in code_of(page) for words in TARGETS.findall(code)]
    assert named and [(page, words) for page, words in named if not set(words.split()) <= targets] == []


def test_every_command_and_option_exists() -> None:
    """A page names a `registry` command, and an option of it, only if the command line has it."""
    from tests.docs.commands_page import commands

    options = {c.name: {p.typed for p in c.parameters} | {"--help"} for c in commands()}
    stale = [
        (name_of(page), command, option)
        for page in PAGES
        for code in code_of(page)
        for command, rest in COMMAND.findall(code)
        for option in ["", *re.findall(r"(?<=\s)--[a-z-]+", rest.split("#")[0])]
        if command not in options or (option and option not in options[command])
    ]
    assert stale == []


def test_every_module_to_run_exists() -> None:
    """`python -m X` in a page names a module; one of the checkout does something when it is run."""
    for page in PAGES:
        for code in code_of(page):
            for module in MODULE.findall(code):
                spec = importlib.util.find_spec(module)
                assert spec is not None and spec.origin, (name_of(page), module)
                if spec.origin.startswith(f"{ROOT}/") and ".venv" not in spec.origin:
                    assert 'if __name__ == "__main__"' in Path(spec.origin).read_text(encoding="utf-8"), (
                        name_of(page),
                        module,
                    )
