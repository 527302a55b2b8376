"""Says which cells of a REDCap export are the project's missing-data codes, where its XML names them.

A raw export has the code (UNK) in place of a value, a label export its label. A code that a field has among its own
choices means what the choice says.
"""

from collections.abc import Mapping, Sequence

from warehouse.sources.cell_steps import as_compared
from warehouse.sources.redcap_layout import Layout


def missing_words(
    layout: Layout, places: Sequence[int], codes: Mapping[str, str], has_labels: bool
) -> dict[int, list[str]]:
    """Return the cells that mean "not known", by position of a column; `codes` map the project's codes to labels."""
    words = [*codes, *(label for label in codes.values() if has_labels and label)]
    found: dict[int, list[str]] = {}
    for place in places:
        described = layout.columns[place]
        if described is None or described.field is None or not words:
            continue
        own = {as_compared(one) for choice in described.choices.items() for one in choice}
        if kept := [word for word in words if as_compared(word) not in own]:
            found[place] = kept
    return found
