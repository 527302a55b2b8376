"""Every file that prose names exists: in docstrings, comments and docs, as a path or by its name alone."""

import re

from tests.structure.checkout import files, name_of

NAMED = re.compile(r"(?<![\w./-])((?:[\w-]+/)*[\w-]+[.]py)\b")


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
