"""Reads a small text that only the registry's user may read, such as a token or a key: in a file of mode 0600."""

import os
import stat
from pathlib import Path

from warehouse.storage.errors import RegistryError

MOST_BYTES = 1024
OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_text(path: Path, place: str, what: str, cure: str, most_bytes: int = MOST_BYTES) -> str:
    """Return the trimmed text of the file, '' if there is none; of a longer one, its first `most_bytes` bytes. Raises
    RegistryError if others could read it.

    `place` is how the file is called, such as "tokens/a/b in the home"; `what` is what it holds, such as "token";
    `cure` says what else to do if others could read it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise RegistryError(f"The file {place} cannot be opened ({error.strerror}).", "Correct it.") from None
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise RegistryError(f"{place} is not a file.", f"Replace it with a file that holds the {what}.")
        if about.st_mode & OF_OTHERS:
            raise RegistryError(
                f"The file {place} can be read by other users, so its {what} is not used.",
                f"Run: chmod 600 {path}; and {cure}.",
            )
        if about.st_uid != os.geteuid():
            raise RegistryError(f"The file {place} belongs to another user.", "Let the registry's user own it.")
        return file.read(most_bytes).decode("utf-8", "replace").strip()
