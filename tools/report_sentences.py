"""Finds every piece of text that a report's page can show, in the code itself, and keeps its catalogues together.

A page's sentences are put together from many places, so languages/report.pot is written by hand: whole sentences and
phrases, with values in braces. Each piece of text in the code must be part of one of them, or a test fails. `python -m
tools.report_sentences` brings the catalogues of the languages up to the template.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from languages.catalogue import LOCALE, REGISTRY, REPORT, template_of
from tools.followed_text import ROOT
from tools.site_sentences import as_text

ABOUT = "# What stands on a report's page."
SHOWN = (
    *("analysis/report", "analysis/figures", "analysis/guards.py", "analysis/removals.py"),
    "analysis/plan/methods_sentences.py",
    *("analysis/estimates/at_risk.py", "analysis/estimates/expected_events.py"),
)
"""Folders and modules whose texts a page shows."""
NOT_SHOWN = (
    "analysis/report/sections/what_moved.py",  # printed by a command
    "analysis/report/output/png_previews.py",  # the web interface
    "analysis/report/output/word_document.py",  # names of Word's styles
    "analysis/report/output/word_layout.py",  # letters and their widths
)
VALUE = re.compile(r"{[^}]*}(?:\w+)?")
"""A value with the letters that touch it, such as the s of a plural."""
STOP = re.compile(r"(?<=[.?!:;]) ")
LETTERS = re.compile(r"[^\W\d_]{2,}")
CODE = re.compile(r"[\w.\-:/#%]*|-?-[a-z].*|registry .*|.*<[a-z/].*|.*\".*|data:.*", re.DOTALL)
"""What is no words: names of one word, commands and markup."""
CAPITALISED = re.compile(r"[A-Z][a-z]+")
UNSAID_CALLS = frozenset(
    {
        *("compile", "fullmatch", "match", "search", "sub", "findall", "finditer", "getattr", "files", "join_notes"),
        *("startswith", "endswith", "removeprefix", "removesuffix", "rstrip", "lstrip", "strip", "split", "partition"),
        *("contains", "strftime", "strptime", "filterwarnings", "replace", "ParamSpec"),
    }
)
"""Calls whose texts are patterns or codes."""
UNSAID_KEYWORDS = frozenset({"guard", "textcoords"})
UNSAID_NAMES = frozenset({"__all__", "FAMILY", "FONT", "MONTH_NAMES", "NAMES", "NAMESPACES", "WITH_CHINESE"})


def lacking(knows: Callable[[str], bool]) -> dict[str, str]:
    """Return each piece that no text of the templates holds, with its module. What is put together from known phrases
    is none.
    """
    texts = [VALUE.sub("\0", text) for text in _template_texts()]
    held = "\n".join(text for one in texts for text in (one, one[:1].lower() + one[1:]))
    found: dict[str, str] = {}
    for path in _modules():
        for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
            if not knows(text):
                found |= {one: path.name for one in pieces_of(text) if one not in held and not knows(one)}
    return found


def pieces_of(text: str) -> Iterator[str]:
    """Yield the pieces of a text: what stands between its values, sentence by sentence.

    >>> list(pieces_of("Made by {name}. Read with caution."))
    ['Made by', 'Read with caution']
    """
    for part in VALUE.split(text.replace("\u00a0", " ")):
        for one in STOP.split(part):
            piece = one.strip(" \n.,;:()[]")
            if LETTERS.search(piece) and (not CODE.fullmatch(piece) or CAPITALISED.fullmatch(piece)):
                yield piece


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts below the node, f-strings with their values in braces."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{value}" for one in parts)
            for part in parts:
                yield from () if isinstance(part, ast.Constant) else _texts(part)
        case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.Compare() | ast.Import() | ast.ImportFrom():
            return
        case ast.Assign(targets=[ast.Name(id=name)]) if name in UNSAID_NAMES:
            return
        case ast.keyword(arg=name) if name in UNSAID_KEYWORDS:
            return
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in UNSAID_CALLS:
            return
        case ast.Call(func=ast.Attribute(attr="get"), args=[_, *rest]):
            yield from _below(rest)
        case ast.FormattedValue(value=value) | ast.Subscript(value=value):
            yield from _texts(value)
        case ast.Dict(values=values):
            yield from _below(values)
        case ast.FunctionDef(body=body, args=args):
            yield from _below([*args.defaults, *filter(None, args.kw_defaults), *body])
        case ast.AnnAssign(value=value):
            yield from _below([value] if value else [])
        case _:
            yield from _below(ast.iter_child_nodes(node))


def _below(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        yield from _texts(node)


def words_of_page() -> list[str]:
    """Return what the page's own template says."""
    page = (ROOT / "analysis/report/template.html").read_text(encoding="utf-8")
    return re.findall(r"(?:say|words)\(\"([^\"]+)\"\)", page)


def unsaid_of_page() -> str:
    """Return what is left of the page's template without markup, values and what is said: nothing, unless a word was
    written into it.
    """
    page = (ROOT / "analysis/report/template.html").read_text(encoding="utf-8")
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", page, flags=re.DOTALL)
    return " ".join(re.findall(r"[A-Za-z]+", re.sub(r"<[^>]*>", " ", bare)))


def _modules() -> list[Path]:
    found: list[Path] = []
    for name in SHOWN:
        path = ROOT / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [path for path in found if path.relative_to(ROOT).as_posix() not in NOT_SHOWN]


def _template_texts() -> list[str]:
    found = []
    for name in (REPORT, REGISTRY):
        with open(template_of(name), "rb") as file:
            found += [str(one.id) for one in read_po(file) if one.id]
    return found


def renew() -> None:
    """Bring every catalogue up to the template, which stays as it is but for its form: new texts untranslated, old ones
    left out.
    """
    with open(template_of(REPORT), "rb") as file:
        made = read_po(file)
    template_of(REPORT).write_bytes(as_text(made, about=ABOUT))
    for path in sorted(LOCALE.glob(f"*/{REPORT}.po")):
        code = path.parent.name
        with open(path, "rb") as file:
            known = read_po(file, locale=code)
        known.update(made, no_fuzzy_matching=True)
        path.write_bytes(as_text(known, code, ABOUT))


if __name__ == "__main__":
    renew()
