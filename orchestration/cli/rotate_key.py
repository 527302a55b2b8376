"""`registry rotate-key`: bring in a new key for the pseudonyms."""

import secrets
from pathlib import Path

import typer

from orchestration.cli.wording import counted
from warehouse.archive.archive import Archive
from warehouse.pseudonyms.check_key import key_ids
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format
from warehouse.storage.private_text import private_text
from warehouse.storage.pseudonym_key import FILE_VARIABLE, VARIABLE, PseudonymKey, find_key, key_of_text, lies_in_home
from workflows import rotate_key as workflow

KEY_BYTES = 32


def rotate_key(home: Home, to: Path | None) -> None:
    """Bring in the key that `to` holds, or a random one, and print what it did."""
    check_format(home)
    key, is_for_home = _new_key(home, to)
    done = workflow.rotate_key(home, key, is_for_home, lambda message: typer.echo(f"  {message}", err=True))
    typer.echo(f"The new key holds: {counted(done.files, 'archived file')} rewritten.")
    if not is_for_home:
        typer.echo(f"Set {VARIABLE}, or {FILE_VARIABLE}, to the new key before the next command.")
    typer.echo("The next `registry refresh` makes all tables again and releases them under new pseudonyms.")
    typer.echo("Earlier releases keep the pseudonyms, or identifiers, that they have; `registry prune` deletes them.")


def _new_key(home: Home, to: Path | None) -> tuple[PseudonymKey, bool]:
    """Return the new key and whether it is to lie in the home."""
    if to is not None:
        text = private_text(to, str(to), "key", "make another key if others have read it")
        return key_of_text(text, f"The file {to}"), lies_in_home(home)
    present = find_key(home)
    if present is not None and not key_ids(Archive(home)) - {None}:
        return present, False  # the archive is to get its first pseudonyms
    if present is not None and not lies_in_home(home):
        raise RegistryError(
            "The key in force does not lie in the home, so a new one cannot be put there.",
            "Write a new key into a file (chmod 600) and name it with --to.",
        )
    return PseudonymKey(secrets.token_bytes(KEY_BYTES)), True
