"""Says what may go wrong at a server of files, SFTP or SMB. Of a file its name is said by whoever asked for it."""

from warehouse.storage.errors import FileChanged, PlaceUnreachable, RegistryError

MOST_DEPTH = 4
"""Levels of folders below a place that are looked through; a study has two."""
LATER = "Check the address and the network, and pull again later."
ALLOW = "Let those who run the server allow it."
IS_LINK = RegistryError("It is a link, and links are not followed.", "Put the file itself there, or leave it out.")
NO_FILE = RegistryError("It is not a file.", "Remove it, or leave it out with `files` in site.toml.")
TWICE = RegistryError("There are two with this name.", "Rename one of them.")


def silent(host: str, seconds: float) -> PlaceUnreachable:
    """Return the refusal of a server that hangs."""
    return PlaceUnreachable(f"{host} did not answer in {seconds:g} seconds.", LATER)


def lost(host: str) -> PlaceUnreachable:
    """Return the refusal of a server that ended the connection, or that the network lost."""
    return PlaceUnreachable(f"{host} ended the connection.", LATER)


def denied(user: str, folder: str = "") -> RegistryError:
    """Return the refusal of a file, or of the `folder`, without rights."""
    return RegistryError(f"{user} may not read {f'the folder {folder}' if folder else 'it'}.", ALLOW)


def not_given(host: str, what: str, folder: str = "") -> RegistryError:
    """Return the refusal of a file or folder that the server does not give, for another reason: `what` is its code."""
    return RegistryError(f"{host} did not give {f'the folder {folder}' if folder else 'it'} ({what}).", LATER)


def no_folder(folder: str) -> RegistryError:
    """Return the refusal of a place that is not there."""
    return RegistryError(f"There is no folder {folder}.", "Correct the place in site.toml.")


def gone() -> RegistryError:
    """Return the refusal of a file that was listed and is no longer there."""
    return RegistryError("It is no longer there.", "The next pull looks again.")


def changed() -> FileChanged:
    """Return the refusal of a file that is no longer what was listed."""
    return FileChanged("It changed while it was fetched.", "The next pull looks again.")
