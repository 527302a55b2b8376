"""Tests of how a file is read: encoding, header row, delimiter, unit in a column's name."""

from pathlib import Path

import pytest

from warehouse.proposals.encodings import encoding_of, sample_of
from warehouse.proposals.header_rows import header_of_rows, header_of_text
from warehouse.proposals.units import split

TEXTS = (
    ("utf-8", "Pat.-Nr.;Größe\n1;2,9\n"),
    ("cp1252", "Pat.-Nr.;Größe\n1;2,9\n"),
    ("cp1252", "N° patient;lésion;taille (mm);récidive\n1;2;12;non évaluée\n"),
    ("cp1252", "NHC;Nº lesión;Tamaño (cm)\n1;2;1,2\n"),
    ("cp1252", "Doente;N.º lesão;Observações\n1;2;não\n"),
    ("cp1250", "Pacjent;Wielkość ogniska;Płeć\n1;12;żeńska\n"),
    ("mac_roman", "Patient;Größe;Läsion\n1;2,9;für\n"),
    ("cp850", "Patient;Größe;Läsion\n1;2,9;für\n"),
    ("gb18030", "患者编号,病灶,最大直径\n1,2,3\n"),
    ("utf-16", "Pat.-Nr.;Größe\n1;2,9\n"),
    ("utf-16-le", "Pat.-Nr.;Size\n1;2,9\n"),
)


@pytest.mark.parametrize(("encoding", "text"), TEXTS)
def test_the_encoding_is_the_one_that_gives_words(encoding: str, text: str) -> None:
    """Of the encodings that decode a file, the one that gives words is proposed; two bytes of Größe are no Chinese."""
    assert encoding_of(text.encode(encoding)).name == encoding


def test_an_encoding_that_others_fit_as_well_is_doubted() -> None:
    """é and è are letters in Windows-1252 and, as é and č, in Windows-1250: both are named."""
    found = encoding_of("sévère;modérée\n".encode("cp1252"))
    assert (found.name, found.doubts) == ("cp1252", ("cp1250",))


def test_an_umlaut_far_below_counts(tmp_path: Path) -> None:
    """Lines beyond ASCII are looked at wherever they are in the file."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"Pat.-Nr.;Bemerkung\n" + b"1;nichts\n" * 300_000 + "2;für später\n".encode("cp1252"))
    assert encoding_of(sample_of(path)).name == "cp1252"


def test_the_header_is_below_its_title() -> None:
    """The row with the names of columns is found below a title, and with it the delimiter."""
    found = header_of_text("Register der Klinik, Stand 2024\n\nPat.-Nr.;Herd;Durchmesser (cm)\nN-1;1;2,9\n")
    assert found is not None
    assert (found.row, found.delimiter, found.names) == (3, ";", ["Pat.-Nr.", "Herd", "Durchmesser (cm)"])


def test_a_name_with_a_line_end_is_one_name() -> None:
    """Excel writes a name of two lines in quotes: the rows below are counted by lines, as header_row is."""
    found = header_of_text('Stand 2024;;\n"Pat.-\nNr.";Herd;"Durchmesser\n(cm)"\n1;1;2,9\n')
    assert found is not None
    assert (found.row, found.names) == (2, ["Pat.-\nNr.", "Herd", "Durchmesser\n(cm)"])


def test_group_titles_above_the_names_are_no_header() -> None:
    """A row of titles for groups of columns has fewer known names than the row below it."""
    titles = ["Patient", "", "", "Ablation", ""]
    names = ["Pat.-Nr.", "Geschlecht", "Geburtsjahr", "Eingriffsdatum", "Herd"]
    found = header_of_rows([(1, titles), (2, names), (3, ["1", "m", "1950", "25.03.2021", "1"])])
    assert found is not None and found.row == 2


def test_a_row_of_data_with_known_words_is_no_header() -> None:
    """The first row with names is the header, though a later row has more words of the dictionary."""
    found = header_of_rows([(1, ["patient_id", "gene", "field"]), (2, ["gene", "result", "variant"])])
    assert found is not None and found.row == 1


UNITS = (
    ("Durchmesser (cm)", "Durchmesser", "cm"),
    ("Ablationsrand [mm]", "Ablationsrand", "mm"),
    ("zone_long_cm", "zone_long", "cm"),
    ("Dauer in min", "Dauer", "min"),
    ("最大直径（毫米）", "最大直径", "mm"),
    ("VAF %", "VAF", "percent"),
    ("vessels", "vessels", None),
)


@pytest.mark.parametrize(("name", "bare", "unit"), UNITS)
def test_a_unit_in_a_name_is_found(name: str, bare: str, unit: str | None) -> None:
    """The unit is taken off a column's name, so that the rest can be found in the dictionary."""
    assert split(name) == (bare, unit)
