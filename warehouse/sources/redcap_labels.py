"""Finds the fields that the labels in a label export's header stand for; several fields may have one label."""

from collections.abc import Mapping

from warehouse.sources.redcap_dictionary import STATUS_LABEL, Dictionary, ExportedColumn, plain_label


def label_key(label: str) -> str:
    """Return a label as labels are compared: without HTML, case and repeated blanks."""
    return plain_label(label).casefold()


def fields_of_labels(
    labels: Mapping[int, str], dictionary: Dictionary
) -> tuple[dict[int, ExportedColumn | None], dict[int, list[ExportedColumn]]]:
    """Return the column of each label by position, and for labels that stay unclear the columns they may be.

    A label that several fields have is resolved by the dictionary's order, if all of these fields are in the file and
    lie between the same unique labels as in the dictionary. A form's status (Complete?) needs only the latter. Where
    the file's order is not the dictionary's, as in a report, such labels stay unclear.
    """
    places_of: dict[str, list[int]] = {}
    for number, column in enumerate(dictionary.columns):
        places_of.setdefault(label_key(column.label), []).append(number)
    in_file: dict[str, list[int]] = {}
    for position, label in labels.items():
        in_file.setdefault(label_key(label), []).append(position)
    found = {
        positions[0]: places_of[key][0]
        for key, positions in in_file.items()
        if len(positions) == 1 and len(places_of.get(key, [])) == 1
    }
    pinned = sorted(found.items())
    is_ordered = all(a[1] < b[1] for a, b in zip(pinned, pinned[1:], strict=False))
    unclear: dict[int, list[int]] = {}
    for key, positions in in_file.items():
        if not (numbers := places_of.get(key, [])) or positions[0] in found:
            continue
        groups: dict[tuple[int, int], list[int]] = {}
        for position in positions:
            groups.setdefault(_between(position, pinned, len(dictionary.columns)), []).append(position)
        for (low, high), group in groups.items():
            there = [number for number in numbers if low < number < high]
            is_whole = len(positions) == len(numbers) or key == label_key(STATUS_LABEL)
            if is_ordered and is_whole and len(there) == len(group):
                found |= dict(zip(group, there, strict=True))
            else:
                unclear |= dict.fromkeys(group, numbers)
    columns = dictionary.columns
    return (
        {position: columns[found[position]] if position in found else None for position in labels},
        {position: [columns[number] for number in numbers] for position, numbers in unclear.items()},
    )


def _between(position: int, pinned: list[tuple[int, int]], end: int) -> tuple[int, int]:
    """Return the numbers of the columns that are certain, nearest before and behind a position."""
    before = [number for place, number in pinned if place < position]
    behind = [number for place, number in pinned if place > position]
    return (before[-1] if before else -1, behind[0] if behind else end)
