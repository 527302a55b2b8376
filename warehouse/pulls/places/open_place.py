"""Opens the place that a source's `place` names, by the scheme of its address."""

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

from warehouse.pulls.places.place import Place
from warehouse.pulls.targets import Target
from warehouse.sources.place_address import Address, address_of
from warehouse.storage.home import Home

MODULES: Mapping[str, str] = {
    "s3": "warehouse.pulls.places.s3",
    "sftp": "warehouse.pulls.places.sftp",
    "smb": "warehouse.pulls.places.smb",
}
"""Scheme -> the module that reads such places, imported where one is opened: its library comes with an extra."""


class PlaceModule(Protocol):
    """The function of a scheme's module."""

    def open_place(self, home: Home, target: Target, address: Address) -> Place:
        """Return the place, connected or not. Raises RegistryError if it lacks a secret, or cannot be reached."""


def open_place(home: Home, target: Target) -> Place:
    """Return the place of a source that names one. Raises RegistryError if it cannot be reached."""
    address = address_of(target.source.place or "")
    return cast(PlaceModule, import_module(MODULES[address.scheme])).open_place(home, target, address)
