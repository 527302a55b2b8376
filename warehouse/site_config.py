"""site.toml: how one site delivers.

What belongs here: reading and checking the file. Today it says one thing, the mode of an export; other keys are
left for what reads them.
"""

import tomllib
from dataclasses import dataclass, field

from schemas.exports import EXPORTS
from warehouse.errors import RegistryError

MODES = ("delta", "snapshot")


@dataclass(frozen=True)
class SiteConfig:
    """What site.toml says; without a file, all defaults."""

    modes: dict[str, str] = field(default_factory=dict)

    def mode(self, export: str) -> str:
        """How that export's deliveries add up: delta or snapshot."""
        return self.modes.get(export, "delta")


def parse(text: str, site: str) -> SiteConfig:
    """The configuration in `text`; RegistryError with one plain sentence where it does not hold."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{site}/site.toml is not TOML: {error}.", "Correct the file.") from None
    exports = content.get("exports", {})
    if not isinstance(exports, dict):
        raise RegistryError(f"{site}/site.toml: exports is not a table.", "Write [exports.<name>].")
    modes = {}
    for name, options in exports.items():
        if name not in EXPORTS or not isinstance(options, dict):
            raise RegistryError(
                f"{site}/site.toml: there is no export of the name in [exports.*].",
                f"Use one of {', '.join(sorted(EXPORTS))}.",
            )
        mode = options.get("mode", "delta")
        if mode not in MODES:
            raise RegistryError(f"{site}/site.toml: mode of {name} is unknown.", f"Use {' or '.join(MODES)}.")
        modes[name] = mode
    return SiteConfig(modes)
