"""Says where two sites fetch the same files from one place: the patients in them would count twice."""

from collections.abc import Iterable

from warehouse.pulls.places.fetched import FetchedBefore
from warehouse.pulls.pull_folder import FILES, folder_of
from warehouse.pulls.targets import Target
from warehouse.storage.home import Home


def fetched_twice(home: Home, target: Target, pulled: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """Return a remark for each source of another site that has fetched files of the target's place, byte for byte.

    `pulled` has site, source and address of what is pulled.
    """
    address = target.source.asked_at
    others = [(site, name) for site, name, at in pulled if at == address and site != target.site]
    own = _deliveries(home, target.site, target.name, address) if others else set()
    found = []
    for site, name in others:
        if n_same := len(own & _deliveries(home, site, name, address)):
            what = "1 file" if n_same == 1 else f"{n_same:,} files"
            found.append(f"{site}/{name} fetches the same from this place ({what}): patients would count at both sites")
    return tuple(found)


def _deliveries(home: Home, site: str, name: str, address: str) -> set[tuple[str, str]]:
    return FetchedBefore(folder_of(home) / site / name / FILES, address).deliveries
