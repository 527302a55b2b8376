"""Finds source columns in a file's header: names are compared trimmed and without regard to case."""

from collections.abc import Iterable, Sequence

from warehouse.readers.cells import WHITE_SPACE
from warehouse.readers.near_names import nearest, shown
from warehouse.storage.errors import DeliveryRejected


class FileColumns:
    """The columns of one file, found by name."""

    def __init__(self, header: Sequence[str]):
        self._header = header
        self._places: dict[str, list[int]] = {}
        for position, name in enumerate(header):
            self._places.setdefault(plain(name), []).append(position)

    def __contains__(self, name: str) -> bool:
        """Return whether the file has a column of that name."""
        return plain(name) in self._places

    def place(self, name: str) -> int:
        """Return the position of a column. Raises DeliveryRejected if the file has none of that name, or several."""
        found = self._places.get(plain(name), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise DeliveryRejected(
                f"The column {shown(name)} occurs {len(found)} times in the header.", "Rename all but the one meant."
            )
        from warehouse.sources.why_lacking import why_lacking

        why, cure = why_lacking(name, self._header)
        if cure:
            raise DeliveryRejected(f"The file has no column {shown(name)}{why}.", cure)
        near = nearest(name, self._header)
        meant = f"; the nearest is {shown(near)}" if near else ""
        raise DeliveryRejected(
            f"The file has no column {shown(name)}{meant}.", "Correct the name in site.toml, or in the file's header."
        )

    def first(self, names: Iterable[str]) -> str | None:
        """Return the first of the names that the file has, or None."""
        return next((name for name in names if name in self), None)


def plain(name: str) -> str:
    """Return a column's name as names are compared."""
    return name.strip(WHITE_SPACE).casefold()
