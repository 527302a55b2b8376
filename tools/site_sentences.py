"""Finds every sentence and word that can reach a site, in the code itself, and writes languages/registry.pot.

A sentence begins where a file is refused (DeliveryRejected), where one is said (Said), and in the few tables and
functions that PARTS names: notes on deliveries, verdicts on answers, headings. One that cannot be followed to its text
fails tests/languages/test_complete.py, as does one that a catalogue lacks.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from languages.catalogue import LOCALE, TEMPLATE
from schemas.rules import RULES
from tools.followed_text import ROOT, Module, Unfollowed, module_at, parts_of, returned, texts

ROOMS = ("schemas", "languages", "warehouse", "workflows", "orchestration", "analysis", "assets", "explore")
FEWEST_LETTERS = 2
"""What has fewer beside its values is no sentence but a way to put two together: "{name}: {message}"."""
NOTES = "warehouse/queries/site_notes.py"
CALLS = {"DeliveryRejected": (0, 1), "Said": (0,), "Package": (0, 3)}
"""What makes a sentence -> which of its arguments are sentences."""
CALLS_IN = {"schemas/measures.py": {"Measure": (1, 2)}}
"""The same in one module alone."""
PARTS: dict[str, tuple[str, ...]] = {
    "schemas/codes.py": ("ANSWERS_KNOWN",),
    "warehouse/held_deliveries/hold_back.py": ("_cure",),
    "warehouse/held_deliveries/suspicion.py": ("withdraws_much", "looks_like_centimetres", "is_ten_times_off"),
    "warehouse/intake/exceptions_file.py": ("NOT_ACCEPTABLE", "why_not"),
    "warehouse/queries/decide_answers.py": (
        *("EDITED", "TOO_LATE", "OVERRULED", "TWICE", "OTHERWISE", "CORRECTED_MEANWHILE", "NO_CHANGE", "REPEATED"),
        "unfit",
    ),
    "warehouse/queries/flagged_rows.py": ("SHEET", "COLUMNS", "UNREADABLE"),
    "warehouse/queries/open_entries.py": ("IN_FILE", "IN_BLOCK"),
    "warehouse/queries/query_sheet.py": ("ANSWER_TITLE",),
    "warehouse/queries/sheet_notes.py": ("NOTES_SHEET", "INSTRUCTIONS_SHEET", "NOTES_COLUMNS", "INSTRUCTIONS"),
    "warehouse/raw/set_aside.py": ("by_hand",),
    "warehouse/readers/answered_sheet.py": ("SHEET", "COLUMNS"),
    "warehouse/readers/near_names.py": ("PERSONAL", "SEVERAL_PERSONAL", "MORE"),
    "warehouse/readers/other_formats.py": ("STARTS",),
    "warehouse/readers/refusals.py": ("CURES", "DELIMITER_NAMES", "MAY_BE"),
    "warehouse/readers/rejecting.py": ("_reason",),
    "warehouse/readers/size_limits.py": ("CURE",),
    "warehouse/readers/workbook/signatures.py": ("OTHERS",),
    "warehouse/sources/why_lacking.py": ("SIGNS",),
    "workflows/note_phrases.py": ("PHRASES",),
}
"""Module -> its tables and functions that hold sentences or words for sites."""
PASSED_ON = {
    f"{NOTES}: Note(COUNT_AS_NONE.get(status, REJECTED), *row)": "meta.loads holds it",
    "warehouse/storage/own_process.py: said": "the process that reads the file says it",
    "warehouse/readers/other_formats.py: cure": "STARTS holds it",
    "warehouse/readers/size_limits.py: cure": "the caller says it, CURE otherwise",
}
"""Module and expression of a sentence that begins elsewhere, and where."""


@cache
def found_sentences() -> tuple[dict[str, set[str]], list[str]]:
    """Return the templates, each with the modules it stands in, and where a sentence could not be followed."""
    found: dict[str, set[str]] = {}
    lost: list[str] = []
    for module, one in _beginnings():
        try:
            for text in one():
                if sum(map(str.isalpha, re.sub(r"{[^}]*}", "", text))) >= FEWEST_LETTERS:
                    found.setdefault(text, set()).add(module.name)
        except Unfollowed as where:
            if re.sub(r":\d+:", ":", str(where)) not in PASSED_ON:
                lost.append(str(where))
    for rule in RULES.values():
        found.setdefault(rule.sentence, set()).add("schemas/rules.py")
    return found, lost


def _beginnings() -> Iterator[tuple[Module, Callable[[], list[str]]]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield from beginnings_in(module_at(path))
    for name, parts in PARTS.items():
        module = module_at(ROOT / name)
        for part in parts:
            if part in module.functions:
                yield module, partial(returned, module.functions[part], module)
            else:
                yield module, partial(texts, ast.Name(part), module, module.tree)


def beginnings_in(module: Module) -> Iterator[tuple[Module, Callable[[], list[str]]]]:
    """Yield where a sentence begins in the module, and a function that follows it."""
    calls = CALLS | CALLS_IN.get(module.name, {})
    for scope, node in module.scopes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in calls:
            for place in calls[node.func.id]:
                if place < len(node.args):
                    yield module, partial(texts, node.args[place], module, scope)
    if module.name == NOTES:
        yield from _notes(module)


def _notes(module: Module) -> Iterator[tuple[Module, Callable[[], list[str]]]]:
    """Yield the kind and the sentence of each note on a delivery; `Note(KIND, *found) for found in notes_of(...)` has
    its sentence at the end of what the function yields.
    """
    made_of = {node.elt: node for _, node in module.scopes() if isinstance(node, ast.GeneratorExp | ast.ListComp)}
    for scope, node in module.scopes():
        match node:
            case ast.Call(func=ast.Name(id="Note"), args=[kind, *_, sentence]):
                yield module, partial(texts, kind, module, scope)
                is_whole = isinstance(sentence, ast.Starred)
                follow = partial(_at_the_end, made_of.get(node), node, module) if is_whole else None
                yield module, follow or partial(texts, sentence, module, scope)


def _at_the_end(notes: ast.GeneratorExp | ast.ListComp | None, node: ast.Call, module: Module) -> list[str]:
    called = notes.generators[0].iter if notes else None
    found = parts_of(called, -1, module) if isinstance(called, ast.Call) else None
    if found is None:
        raise Unfollowed(f"{module.name}:{node.lineno}: {ast.unparse(node)}")
    return found


NO_LINE = 0
"""The line of a sentence, which the catalogues leave out: editing a module would move it."""


def template() -> Catalog:
    """Return the sentences as the template of the catalogues, in the order of the modules."""
    made = Catalog(fuzzy=False)
    for text, modules in found_sentences()[0].items():
        made.add(text, locations=[(name, NO_LINE) for name in sorted(modules)])
    return made


def as_text(catalogue: Catalog, code: str = "", about: str = "# What the registry says to sites.") -> bytes:
    """Return the text of the file: what Babel writes, with a header that never changes by itself."""
    target = BytesIO()
    write_po(target, catalogue, width=0, omit_header=True, ignore_obsolete=True)
    lines = [about, 'msgid ""', 'msgstr ""']
    lines += [f'"Language: {code}\\n"'] if code else []
    lines += ['"MIME-Version: 1.0\\n"', '"Content-Type: text/plain; charset=UTF-8\\n"']
    lines += ['"Content-Transfer-Encoding: 8bit\\n"', "", ""]
    return "\n".join(lines).encode() + target.getvalue()


def renew() -> None:
    """Write the template and bring every catalogue up to it: new sentences untranslated, old ones left out."""
    made = template()
    TEMPLATE.write_bytes(as_text(made))
    for path in sorted(LOCALE.glob("*/registry.po")):
        code = path.parent.name
        with open(path, "rb") as file:
            known = read_po(file, locale=code)
        known.update(made, no_fuzzy_matching=True)
        path.write_bytes(as_text(known, code))


if __name__ == "__main__":
    renew()
