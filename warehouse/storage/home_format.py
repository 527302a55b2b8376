"""Records the format of a home, so that older code does not write into a home that it does not understand.

`format` in the home holds the number and the version of the code that it needs; a home without the file has the first
format. The changelog says what changed between two formats. Releases can be read whatever the format: each is a DuckDB
file with a manifest.
"""

import re
from pathlib import Path

from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.source_code import PACKAGE, code_version

FORMAT = 1
"""The format that this code writes. Raise it if older code would lose or misread anything, above all in the archive."""
WRITTEN = re.compile(r"(\d{1,9})(?: needs ([^\n]+))?\s*")


def check_format(home: Home) -> None:
    """Raise RegistryError if a later version of the code has written the home. Nothing is changed."""
    if (found := _found(home)) is None or int(found[1]) <= FORMAT:
        return
    needed = f"{PACKAGE} {found[2]} or later" if found[2] else f"a later version of {PACKAGE}"
    raise RegistryError(
        f"The home has format {found[1]}, and this version ({code_version()}) writes format {FORMAT}: nothing was "
        "changed, and releases can still be read.",
        f"Install {needed}.",
    )


def mark_format(home: Home) -> None:
    """Record this code's format in the home, unless the home already has it."""
    found = _found(home)
    if found is None or int(found[1]) < FORMAT:
        atomic_write(_file(home), f"{FORMAT} needs {code_version()}\n".encode())


def _file(home: Home) -> Path:
    return home.root / "format"


def _found(home: Home) -> re.Match[str] | None:
    """Return what the file says, or None if there is none. Raises RegistryError if it cannot be read."""
    try:
        content = _file(home).read_bytes()
    except FileNotFoundError:
        return None
    found = WRITTEN.fullmatch(content.decode("utf-8", "replace"))
    if found is None:
        raise RegistryError(f"{_file(home)} cannot be read.", "Restore it from a backup; nothing was changed.")
    return found
