"""Tests of codes that a column's name explains: Geschlecht (1=m, 2=w)."""

from pathlib import Path

import pytest

from tests.proposals.site_files import columns_of, proposal_of, questions_of
from warehouse.proposals.legends import before_legend, legend_of

LEGENDS = """
Geschlecht (1=m, 2=w)                 | Geschlecht  | 1=m 2=w
Kapsel [0: nein / 1: ja]              | Kapsel      | 0=nein 1=ja
Sexe (H=homme, F=femme)               | Sexe        | h=homme f=femme
Vitalstatus 0=lebt 1=tot              | Vitalstatus | 0=lebt 1=tot
Modality; 1 = local recurrence; 2 = scar | Modality  | 1=local_recurrence 2=scar
Größe (cm)                            | Größe (cm)  |
Q3: Größe                             | Q3: Größe   |
Datum (Form: TT.MM.JJJJ)              | Datum (Form: TT.MM.JJJJ) |
"""


@pytest.mark.parametrize("line", LEGENDS.strip().splitlines())
def test_a_legend_is_two_codes_with_words(line: str) -> None:
    """Codes are numbers or single letters; one pair alone is none."""
    text, before, pairs = (part.strip() for part in line.split("|"))
    assert before_legend(text) == before
    assert {code: word.replace(" ", "_") for code, word in legend_of(text).items()} == dict(
        pair.split("=") for pair in pairs.split()
    )


def _file(header: str, *rows: str) -> dict[str, str | bytes]:
    return {"klinik/2024.csv": "\n".join([header, *rows]) + "\n"}


def test_a_legend_decides_what_a_number_means(tmp_path: Path) -> None:
    """1 is no where the name says so, also in a file where it is the only number; nothing is asked."""
    header = "Pat.-Nr.;Geschlecht (1=m, 2=w);Extrahepatische Metastasen (1=nein, 2=ja);Vitalstatus 0=lebt 1=tot 9=k.A."
    found = proposal_of(tmp_path, _file(header, "1;1;1;0", "2;2;1;9"))
    columns = columns_of(found, "patients")
    assert columns["sex"]["codes"] == {"1": "male", "2": "female"}
    assert columns["extrahepatic_disease"]["codes"] == {"1": "no", "2": "yes"}
    assert columns["vital_status"]["codes"] == {"0": "alive", "9": "unknown", "1": "dead"}
    assert '# Not in these files, but a later one may have:\nvital_status.codes."1" = "dead"\n' in found.text
    assert found.n_questions == 0


def test_a_number_outside_the_legend_is_asked(tmp_path: Path) -> None:
    """0 of a flag means no, but not beside a legend that has other numbers; nor is a word guessed."""
    header = "Pat.-Nr.;Extrahepatische Metastasen (1=ja, 2=nein);Geschlecht (1=m, 2=w, 3=xyz)"
    found = proposal_of(tmp_path, _file(header, "1;1;1", "2;0;3"))
    assert columns_of(found, "patients")["extrahepatic_disease"]["codes"] == {"1": "yes", "2": "no"}
    assert '# extrahepatic_disease.codes."0" = "?"' in found.text
    assert '# sex.codes."3" = "?"' in found.text
    assert "1 value is no word of the dictionary" in questions_of(found)


def test_a_legend_of_procedures(tmp_path: Path) -> None:
    """The modality is known by the words of its legend."""
    header = "Pat.-Nr.;Eingriffsdatum;Herd;Größe (mm);Verfahren (1=RFA, 2=MWA)"
    found = proposal_of(tmp_path, _file(header, "1;2021-03-25;1;29;1", "2;2021-03-26;1;21;2"))
    assert columns_of(found, "rfa_sessions")["modality"]["codes"] == {"1": "rfa", "2": "mwa"}


def test_a_legend_of_the_registry_s_own_codes_changes_nothing(tmp_path: Path) -> None:
    """ECOG 0 is 0, whatever words the column has for it."""
    header = "Pat.-Nr.;ECOG (0=asymptomatisch, 1=arbeitsfähig, 2=gehfähig)"
    found = proposal_of(tmp_path, _file(header, "1;0", "2;2"))
    assert (columns_of(found, "patients")["ecog"], found.n_questions) == (header.split(";")[1], 0)
