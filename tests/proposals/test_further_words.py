"""Tests of words that a site's files do not have yet: a later delivery may, and it then loads as it is."""

from pathlib import Path

import pytest

from schemas.exports import EXPORTS
from tests.proposals.site_files import columns_of, proposal_of, proposed, questions_of
from tests.warehouse.kit import SITE, Kit
from warehouse.proposals.languages import further_codes, language_of
from warehouse.proposals.words import code_of
from warehouse.sources.cell_steps import as_compared

LANGUAGES = ("de", "fr", "es", "pt", "it", "nl", "zh", "en")
CASES = """
patients vital_status de | lebt | tot=dead, verstorben=dead
patients vital_status - | lebt | tot=dead, verstorben=dead
patients vital_status de | Lebt; TOT |
patients vital_status de | alive; lebt |
patients vital_status de | lebt; weggezogen; verzogen; verschollen |
patients sex de | w |
patients sex de | m; unbekannt |
patients sex nl | vrouw | mannelijk=male, anders=other
patients prior_chemotherapy de | ja | nein=no
patients prior_chemotherapy de | 1; 0 |
patients prior_chemotherapy - | oui | non=no
patients prior_chemotherapy it | sì |
patients prior_chemotherapy zh | 无 | 是=yes, 有=yes
rfa_sessions segment de | IV |
rfa_sessions modality fr | RFA | micro-ondes=mwa, cryoablation=other
imaging_followups modality it | TC; RM; CEUS | ecografia=us, PET-TC=pet_ct
imaging_followups modality de | CT | MRT=mr, Sono=us, KM-Sono=ceus, PET-CT=pet_ct
"""
"""Export, column, language of the file | its cells | further words, each with its code."""


@pytest.mark.parametrize("line", CASES.strip().splitlines())
def test_words_of_the_cells_language(line: str) -> None:
    """Codes that no cell has get words of one language; none where cells do not tell it or are numbers or letters."""
    column, cells, words = (part.strip() for part in line.split("|"))
    export, name, language = column.split()
    declared = EXPORTS[export]
    found = further_codes(declared, declared.column(name), cells.split("; "), None if language == "-" else language)
    assert ", ".join(f"{word}={code}" for word, code in found.items()) == words


@pytest.mark.long
def test_no_further_word_is_ambiguous() -> None:
    """Of every column, language and first word: no word is compared like another, a code or a cell, and the dictionary
    knows it as the code that it is given.
    """
    n_words = 0
    for export in EXPORTS.values():
        for column in export.columns:
            for language in LANGUAGES if column.codes else ():
                for cell in ("ja", "CT", "lebt", "Wildtyp", "links"):
                    found = further_codes(export, column, [cell], language)
                    compared = [as_compared(word) for word in found]
                    assert len(set(compared)) == len(compared)
                    assert not {as_compared(cell), *column.codes} & set(compared)
                    assert all(code_of(export, column, word) == code for word, code in found.items())
                    n_words += len(found)
    assert n_words > 100


def test_the_language_is_that_of_most_names() -> None:
    """Words of several languages count for each; a tie tells nothing."""
    assert language_of(["N° patient", "Lésion", "Segment", "Taille"]) == "fr"
    assert language_of(["Segment", "xyz"]) is None


FIRST = "Pat.-Nr.;Vitalstatus;Todesdatum;Kapsel\n1;lebt;;ja\n"
NEXT = "Pat.-Nr.;Vitalstatus;Todesdatum;Kapsel\n2;tot;2024-03-25;nein\n3;Verstorben;2024-04-26;ja\n"


@pytest.mark.long
def test_a_later_delivery_with_a_new_word_loads(kit: Kit) -> None:
    """The file that was mapped has only the living; the dead of the next one are dead."""
    kit.deliver(SITE, "klinik", "2024-05-01.csv", FIRST)
    found = proposed(kit)
    assert found.n_questions == 0
    assert (
        "# Not in these files, but a later one may have: tot, verstorben.\n"
        'vital_status = { from = "Vitalstatus", codes = { "lebt" = "alive", "tot" = "dead", "verstorben" = "dead" } }\n'
    ) in found.text
    kit.deliver(SITE, "klinik", "2024-06-01.csv", NEXT)
    kit.refresh()
    assert kit.problems == []
    assert kit.tuples("SELECT patient_id, vital_status FROM raw.patients_current ORDER BY ALL") == [
        ("1", "alive"),
        ("2", "dead"),
        ("3", "dead"),
    ]


def test_a_word_that_is_asked_is_not_given_twice(tmp_path: Path) -> None:
    """Beside a question about a code, further words stand on lines of their own, and the file is valid TOML."""
    rows = "\n".join(f"{i};{word}" for i, word in enumerate(["lebt", "lebt", "verzogen"]))
    found = proposal_of(tmp_path, {"klinik/2024.csv": f"Pat.-Nr.;Vitalstatus\n{rows}\n"})
    assert columns_of(found, "patients")["vital_status"]["codes"] == {
        "lebt": "alive",
        "tot": "dead",
        "verstorben": "dead",
    }
    assert "# Not in these files, but a later one may have:\n" in found.text
    assert '# vital_status.codes."verzogen" = "?"' in found.text
    assert "1 value is no word" in questions_of(found)
