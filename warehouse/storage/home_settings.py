"""registry.toml in the home: what one registry asks of its reports. The file is optional.

What belongs here: reading and writing it. What does not: what a site says of its exports (site_config.py).

`replication = true` compares every release with the index study that the demonstration is modelled on
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
    """Whether this home compares its releases with the index study; RegistryError where registry.toml does not hold."""
    path = home.root / FILE
    try:
        found = read_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError, NotToml):
        raise RegistryError(f"{FILE} in the home is not readable TOML.", "Correct the file, or take it away.") from None
    asked = found.get(REPLICATION, False)
    if not isinstance(asked, bool) or set(found) - {REPLICATION}:
        raise RegistryError(
            f"{FILE} in the home says something unknown.", f"Write only: {REPLICATION} = true or false."
        )
    return asked


def ask_for_replication(home: Home) -> None:
    """Write the setting where there is no registry.toml."""
    path = home.root / FILE
    if not path.exists():
        path.write_text(ASKS, encoding="utf-8")
