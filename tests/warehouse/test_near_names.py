"""Tests names read from files: which known name was meant, and how much of them is printed."""

import pytest

from schemas.exports import EXPORTS
from warehouse.readers.near_names import PERSONAL, nearest, shown, shown_list


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("segmnt", "segment"),
        ("Lesion ID", "lesion_id"),
        ("lesionid", "lesion_id"),
        ("max-diameter-mm", "max_diameter_mm"),
        ("max_diameter_cm", "max_diameter_mm"),
        ("sesion_date", "session_date"),
        ("notes", ""),
        ("operator", "operator_id"),
        ("ward", ""),
        ("", ""),
    ],
)
def test_a_mistyped_column_has_a_near_one(name: str, meant: str) -> None:
    """Spelling, case, spaces and hyphens do not hide which canonical column was meant; another word has none."""
    assert nearest(name, EXPORTS["rfa_sessions"].column_names) == meant


@pytest.mark.parametrize(
    "name", ["Frau Müller", "Dr. Miller", "Dr_Miller", "a.miller@clinic.example", "(212) 555-0123", "MRN: 00123"]
)
def test_a_name_that_looks_personal_is_not_repeated(name: str) -> None:
    """A column may be called by anybody's name: that there is one is said, and nothing of it."""
    assert shown(name) == PERSONAL and shown_list([name]) == PERSONAL
    assert shown_list(["ward", name, name]) == "ward, 2 columns whose names look like personal data"


def test_a_name_is_one_short_line() -> None:
    """Control characters and endless names do not reach a terminal; a long list is counted."""
    assert shown("a\x1b[31m\nb") == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b"
    assert len(shown("x" * 10_000)) == 61
    assert shown_list([f"c{i}" for i in range(15)], 2) == "c0, c1, 13 more"
    for export in EXPORTS.values():
        assert shown_list(export.column_names, 99) == ", ".join(export.column_names)
