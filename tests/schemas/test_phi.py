"""Tests PHI-01: what looks like a person's identity, and what only resembles it."""

from __future__ import annotations

import polars as pl
import pytest

from schemas.phi import PATTERN

IDENTIFYING = (
    "Mr Miller",
    "seen by Dr. Müller-Lüdenscheidt",
    "Prof Li",
    "Frau Schmidt",
    "Mme Dupont",
    "Señora García",
    "anna.miller@example.org",
    "write to a@b.cn today",
    "+49 6221 123456",
    "+1 (212) 555-0123",
    "(212) 555-0123",
    "212-555-0123",
    "13812345678",
    "123-45-6789",
    "11010519491231002X",
    "MRN 123456",
    "MRN: 77",
    "mrn#12",
    "NHS number 943 476 5919",
    "hospital no. 4711",
    "住院号 123",
)
HARMLESS = (
    "P1",
    "PAT-000123",
    "S-2020-0123-77",
    "2020-01-01",
    "20200101",
    "H2020.12345-1",
    "1234567890",
    "c.35G>A, p.(Gly12Asp)",
    "NM_004985.5:c.35G>A",
    "CT + US fusion",
    "3.5 cm drill, 60 W",
    "3a",
    "mr",
    "MR 1.5 T",
    "drained",
    "Srednji",
    "c0ffee00-1234-4abc-8def-0123456789ab",
    "L1 / segment IVa",
)


@pytest.mark.parametrize("text", IDENTIFYING)
def test_identities_are_seen(text: str) -> None:
    """Names with a title, addresses, phone, national and record numbers, also within a sentence."""
    assert pl.Series([text, f"note: {text}; end"]).str.contains(PATTERN).to_list() == [True, True]


@pytest.mark.parametrize("text", HARMLESS)
def test_pseudonyms_and_findings_pass(text: str) -> None:
    """A pseudonym that holds digits, a date, a variant, a finding is nobody's identity."""
    assert pl.Series([text]).str.contains(PATTERN).to_list() == [False]
