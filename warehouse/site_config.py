"""site.toml: how one site delivers.

What belongs here: reading and checking the file: the mode of an export, and how often deliveries are expected. Other
keys are left for what reads them.
"""

import re
import tomllib
from dataclasses import dataclass, field

from schemas.exports import EXPORTS
from warehouse.errors import RegistryError

MODES = ("delta", "snapshot")
SPAN = re.compile(r"([1-9]\d{0,3}) (day|week)s?")
ANY = ""
"""In place of an export: any of them."""


@dataclass(frozen=True)
class SiteConfig:
    """What site.toml says; without a file, all defaults. `expected_days`: export, or ANY -> days between deliveries."""

    modes: dict[str, str] = field(default_factory=dict)
    expected_days: dict[str, int] = field(default_factory=dict)

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
    modes: dict[str, str] = {}
    expected = _expected_days(content, site, ANY)
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
        expected |= _expected_days(options, site, name)
    return SiteConfig(modes, expected)


def _expected_days(options: dict, site: str, export: str) -> dict[str, int]:
    if "expected_every" not in options:
        return {}
    span = options["expected_every"]
    match = SPAN.fullmatch(span.strip()) if isinstance(span, str) else None
    if match is None:
        of = f" of {export}" if export else ""
        raise RegistryError(f"{site}/site.toml: expected_every{of} is no span of time.", 'Write it like "7 days".')
    return {export: int(match[1]) * (7 if match[2] == "week" else 1)}
