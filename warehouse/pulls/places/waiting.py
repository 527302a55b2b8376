"""Says which files of a place wait, why, and what cures it."""

from collections.abc import Iterable

from warehouse.pulls.places.choose import Chosen
from warehouse.readers.near_names import shown_list
from warehouse.storage.errors import PlaceUnreachable, RegistryError

SHOWN = 3
"""So many files that wait for one reason are named."""
PERSONAL = ("a file whose name looks like personal data", "{n:,} files whose names look like personal data")
WAITING = " It waits."
"""How sentences of intake end."""
UNSAFE = RegistryError("No file of the registry can have its name.", "Rename it there, or let `files` leave it out.")
LANDED = RegistryError(
    "landing/ has something else under its name, which is not archived.",
    "Run `registry refresh`, or move it away from landing/; then pull again.",
)
NO_ROOM = RegistryError("There is no room on the disk for it.", "Free some; then pull again.")


class Waits(dict[str, RegistryError]):
    """Name of a delivery -> why it waits. `changed` are those that changed while they were fetched: they just wait."""

    def __init__(self, known: dict[str, RegistryError]):
        super().__init__(known)
        self.changed: list[str] = []

    def put_off(self, names: Iterable[str], error: PlaceUnreachable) -> None:
        """Let these wait since the place can no longer be reached."""
        self.update(dict.fromkeys(names, error))


def not_written(error: OSError) -> RegistryError:
    """Return why a file that this machine cannot write waits."""
    return RegistryError(f"It cannot be written ({error.strerror}).", "Correct landing/ or the home; then pull again.")


def too_large(most_megabytes: int) -> RegistryError:
    """Return why a file with more bytes than a source allows waits."""
    return RegistryError(
        f"It has more than {most_megabytes:,} MB.", "Deliver less, or raise most_megabytes in site.toml."
    )


def in_words(waits: Waits) -> str:
    """Return which deliveries wait and why, each reason with its cure; '' if none waits. It is the same while the same
    ones wait, so that an alert is sent once.
    """
    names: dict[tuple[str, str], list[str]] = {}
    for name, error in waits.items():
        names.setdefault((error.message.removesuffix(WAITING), error.cure), []).append(
            name.encode("utf-8", "replace").decode()
        )
    if not names:
        return ""
    listed = {key: shown_list(which, SHOWN, PERSONAL) for key, which in names.items()}
    said = (f"{what.rstrip('.')}: {which}. {cure}" for (what, cure), which in listed.items())
    return f"{'1 file waits' if len(waits) == 1 else f'{len(waits):,} files wait'}. {' '.join(said)}".strip()


def remarks(changing: list[str], chosen: Chosen) -> tuple[str, ...]:
    """Return what else is to be said: what may still be being written, what is not fetched, or that nothing is."""
    found, n_below = [], chosen.n_below
    if not chosen.n_seen:
        found.append("no file lies there; if there should be one, look at place in site.toml")
    if chosen.n_others and not (chosen.units or chosen.unsafe):
        found.append(f"none of the {chosen.n_others:,} names there is one that `files` in site.toml takes")
    if changing:
        found.append(f"still being written, so the next pull fetches it: {shown_list(changing, SHOWN, PERSONAL)}")
    if n_below:
        found.append(
            "1 file in a folder below is not fetched"
            if n_below == 1
            else f"{n_below:,} files in folders below are not fetched"
        )
    return tuple(found)
