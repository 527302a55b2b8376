"""Says where a home exchanges shards with its workers, whose that place is, and which orders of the home lie there.

With `data_path` it is the folder `shards` there, otherwise one in the home, which only this machine's processes reach.
So it is with `encrypted`: the files of an exchange are not. The home's file `shards` holds a number by which it knows
its own exchange; warehouse/shard-orders lists the orders that are not closed, so that none with rows is forgotten.
"""

from contextlib import closing
from pathlib import Path
from uuid import uuid4

import duckdb

from warehouse.shards.files import in_words, is_store, make_folder, put_text, reached, remove, text_in
from warehouse.storage.connection import settings
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings

FOLDER = "shards"
MARK = "home"


class ExchangeHeld(RegistryError):
    """Another registry exchanges its shards there."""


def exchange_of(home: Home) -> str:
    """Return the place where the home exchanges shards."""
    given = home_settings(home)
    if given.data_path and not given.encrypted:
        return f"{given.data_path.rstrip('/')}/{FOLDER}"
    return str((home.warehouse / FOLDER).absolute())


def check_exchange(home: Home) -> None:
    """Mark the exchange as this home's, if the home works in shards. Raises ExchangeHeld if it is another's, and
    ExchangeFailed if nothing can be read or written there.
    """
    place = exchange_of(home)
    if home_settings(home).shards == 1 or _is_at_home(home, place):
        return
    own, mark = _number(home), f"{place}/{MARK}"
    with closing(duckdb.connect(config=settings(home.scratch))) as con, in_words(place), reached(con, place):
        if text_in(con, mark) is None:
            make_folder(place)
            put_text(con, mark, own)
        if text_in(con, mark) != own:
            raise ExchangeHeld(
                f"Another registry exchanges its shards in {place}.",
                f"Name another data_path in registry.toml; if that registry is given up, delete the file {mark}.",
            )


def _is_at_home(home: Home, place: str) -> bool:
    return place == str((home.warehouse / FOLDER).absolute())


def _number(home: Home) -> str:
    file = home.root / FOLDER
    if not file.exists():
        atomic_write(file, f"{uuid4().hex}\n".encode())
    return file.read_text(encoding="utf-8")


def _list(home: Home) -> Path:
    return home.warehouse / "shard-orders"


def open_orders(home: Home) -> list[str]:
    """Return the addresses of the orders that are not closed."""
    file = _list(home)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [line if is_store(line) else str(home.warehouse.absolute() / line) for line in lines]


def _write_list(home: Home, addresses: list[str]) -> None:
    """Note these orders. Those in the home are noted from there, so that a copy of the home has its own."""
    lines = [address.removeprefix(f"{home.warehouse.absolute()}/") for address in addresses]
    atomic_write(_list(home), "".join(f"{line}\n" for line in lines).encode())


def note_order(home: Home, address: str) -> None:
    """Note an order before its first file is written."""
    if address not in (noted := open_orders(home)):
        _write_list(home, [*noted, address])


def close_orders(home: Home, but: str = "") -> None:
    """Delete every file of the home's orders, but of one that is still needed."""
    gone = [address for address in open_orders(home) if address != but]
    if not gone:
        return
    with closing(duckdb.connect(config=settings(home.scratch))) as con:
        for address in gone:
            with in_words(address), reached(con, address):
                remove(con, address)
    _write_list(home, [but] if but else [])
