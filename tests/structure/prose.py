"""Finds what pages name: links, paths, commands and modules."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.structure.checkout import ROOT, files

PAGES = [
    *files(".md", below="docs"),
    *(
        ROOT / name
        for name in ("README.md", "CHANGELOG.md", "GLOSSARY.md", "benchmarks/README.md", "findings/README.md")
    ),
]
FOLDERS = (
    "schemas warehouse analysis synthetic workflows explore interchange assets orchestration docs tests examples "
    "findings benchmarks tools"
)
FENCED = re.compile(r"^[ ]*```[^\n]*\n(.*?)^[ ]*```", re.M | re.S)
SPAN = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(rf"(?<![\w./<-])(?:{'|'.join(FOLDERS.split())})/[\w./*<>-]*[\w/*]")
PAGE_NAME = re.compile(r"(?<![\w./-])[\w-]+[.]md\b")
COMMAND = re.compile(r"(?<!-u )(?<![\w-])registry ([a-z][a-z-]*)([^\n|]*)")
MODULE = re.compile(r"python3? -m ([\w.]+)")
TARGETS = re.compile(r"(?<![\w-])make((?: [a-z][a-z-]*)+)")


def text_of(page: Path) -> str:
    """The page's text."""
    return page.read_text(encoding="utf-8")


def code_of(page: Path) -> Iterator[str]:
    """Every fenced block, indented command and code span of the page; lines joined where a backslash continues them."""
    text = text_of(page)
    for block in FENCED.findall(text):
        yield block.replace("\\\n", " ")
    plain = FENCED.sub("", text)
    yield from (" ".join(span.split()) for span in SPAN.findall(plain))
    yield from re.findall(r"^ {4}(\S.*)$", plain, re.M)


def links_of(page: Path) -> list[tuple[Path, str]]:
    """(file, anchor) of every link that stays within the checkout."""
    found = (target.partition("#") for target in LINK.findall(text_of(page)) if "://" not in target)
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in found]


def anchors_of(page: Path) -> set[str]:
    """The anchors that the page's headings get."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
