"""Reads and writes registry.toml in the home, the optional settings of one registry's reports.

`replication = true` compares every release with the index study on which the demonstration is modelled
(analysis.replication). Without it that table is empty: another registry's patients are not that study's.
"""

from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.toml_text import NotToml, read_toml

FILE = "registry.toml"
REPLICATION = "replication"
ASKS = f"""\
# Compare every release with the published figures of the index study (analysis.replication).
{REPLICATION} = true
"""


def asks_for_replication(home: Home) -> bool:
    """Return whether this home compares its releases with the index study.

    Raises RegistryError if registry.toml is not valid.
    """
    path = home.root / FILE
    try:
        found = read_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError, NotToml):
        raise RegistryError(f"{FILE} in the home is not readable TOML.", "Correct the file, or remove it.") from None
    asked = found.get(REPLICATION, False)
    if not isinstance(asked, bool) or set(found) - {REPLICATION}:
        raise RegistryError(
            f"{FILE} in the home has an unknown setting.", f"Write only: {REPLICATION} = true or false."
        )
    return asked


def ask_for_replication(home: Home) -> None:
    """Write registry.toml with this setting if there is no such file."""
    path = home.root / FILE
    if not path.exists():
        path.write_text(ASKS, encoding="utf-8")
