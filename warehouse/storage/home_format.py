"""The format of a home: so that older code does not write into what it does not understand.

What belongs here: the number, its file, and refusing. What does not: what has changed between two formats, which the
changelog tells. `format` in the home holds the number and which version of the code it needs; a home without the file
has the first format. Reading releases needs no format: each is a DuckDB file with a manifest.
"""

import re
from pathlib import Path

from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.source_code import PACKAGE, code_version

FORMAT = 1
"""What this code writes. Raise it where older code would lose or misread something: the archive's files, above all."""
WRITTEN = re.compile(r"(\d{1,9})(?: needs ([^\n]+))?\s*")


def check_format(home: Home) -> None:
    """RegistryError where a later version of the code has written the home. Nothing is changed."""
    if (found := _found(home)) is None or int(found[1]) <= FORMAT:
        return
    needed = f"{PACKAGE} {found[2]} or later" if found[2] else f"a later version of {PACKAGE}"
    raise RegistryError(
        f"The home has format {found[1]}, and this version ({code_version()}) writes format {FORMAT}: nothing was "
        "changed, and releases can still be read.",
        f"Install {needed}.",
    )


def mark_format(home: Home) -> None:
    """Write down that this code writes the home; one that says so already is left alone."""
    found = _found(home)
    if found is None or int(found[1]) < FORMAT:
        atomic_write(_file(home), f"{FORMAT} needs {code_version()}\n".encode())


def _file(home: Home) -> Path:
    return home.root / "format"


def _found(home: Home) -> re.Match[str] | None:
    """What the file says; None without one."""
    try:
        content = _file(home).read_bytes()
    except FileNotFoundError:
        return None
    found = WRITTEN.fullmatch(content.decode("utf-8", "replace"))
    if found is None:
        raise RegistryError(f"{_file(home)} cannot be read.", "Take it back from a backup; nothing was changed.")
    return found
