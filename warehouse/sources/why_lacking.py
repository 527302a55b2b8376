"""Says why a file may lack a column that site.toml names, and the cure, where more is known than the nearest name."""

from collections.abc import Sequence

from warehouse.readers.near_names import nearest, shown, shown_list
from warehouse.sources.redcap_layout import EXPORT_AGAIN, OWN_COLUMNS

CHECKBOX = "___"
SIGNS = {";": "semicolons", "\t": "tabs", "|": "'|'", ",": "commas"}
TYPED = {"\t": r"\t"}
FEWEST = 2
"""A name with a sign that often may be a whole header."""
GROUP = "redcap_data_access_group"
WITH_GROUPS = "Export the data again in REDCap with data access groups, or remove the name from site.toml."


def why_lacking(name: str, header: Sequence[str]) -> tuple[str, str]:
    """Return the rest of the sentence that there is no such column, and its cure; both '' where nothing is known.

    >>> why_lacking("drugs___9", ["pid", "drugs___1", "drugs___2"])
    ('; the choices of drugs in it are drugs___1, drugs___2', 'Name the choice that is meant.')
    """
    if sign := _sign_of(header):
        cure = f'Write delimiter = "{TYPED.get(sign, sign)}" for this source into site.toml.'
        return f": all of it is one column, and its cells may be separated by {SIGNS[sign]}", cure
    stem = name.strip().casefold().partition(CHECKBOX)[0]
    if choices := [one for one in header if one.strip().casefold().startswith(f"{stem}{CHECKBOX}")]:
        return f"; the choices of {shown(stem)} in it are {shown_list(choices)}", "Name the choice that is meant."
    plain = name.strip().casefold()
    if plain in OWN_COLUMNS and not nearest(name, header):
        return "", WITH_GROUPS if plain == GROUP else EXPORT_AGAIN
    return "", ""


def _sign_of(header: Sequence[str]) -> str:
    """Return the sign that may separate the cells of a file whose header was read as one name, '' if there is none."""
    if len(header) != 1:
        return ""
    return max((sign for sign in SIGNS if header[0].count(sign) >= FEWEST), key=header[0].count, default="")
