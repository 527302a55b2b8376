"""Tests of the dictionary of words: what sites write for columns and codes, and that the dictionary is in order."""

import tomllib

import pytest

from schemas.exports import EXPORTS
from warehouse.proposals.words import ASKED, FILE, GENERAL, NO_ABLATION, Strength, code_of, joined, meanings, names_of

LANGUAGES = {"en", "de", "fr", "es", "pt", "it", "nl", "zh"}
CONTENT = tomllib.loads(FILE.read_text(encoding="utf-8"))

NAMES = """
Pat.-Nr.                  rfa_sessions       patient_id
Patientennummer           imaging_followups  patient_id
N° patient                patients           patient_id
患者编号                  genotypes          patient_id
Eingriffsdatum            rfa_sessions       session_date
Datum des Eingriffs       rfa_sessions       session_date
date de l'intervention    rfa_sessions       session_date
fecha de ablación         rfa_sessions       session_date
data da ablação           rfa_sessions       session_date
data della procedura      rfa_sessions       session_date
datum ingreep             rfa_sessions       session_date
F. RF                     rfa_sessions       session_date
Nº sesión                 rfa_sessions       session_id
N.º lesão                 rfa_sessions       lesion_id
F. control                imaging_followups  exam_date
Nueva LOE                 imaging_followups  new_liver_lesion
F_EXITUS                  patients           death_date
Durchmesser (max.)        rfa_sessions       max_diameter_mm
Groesse                   rfa_sessions       max_diameter_mm
GRÖSSE                    rfa_sessions       max_diameter_mm
taille                    rfa_sessions       max_diameter_mm
最大直径                  rfa_sessions       max_diameter_mm
Herd                      rfa_sessions       lesion_id
Laesion Nr.               imaging_followups  lesion_id
lésion                    rfa_sessions       lesion_id
病灶                      imaging_followups  lesion_id
Ablationsrand             rfa_sessions       minimal_margin_mm
marge                     rfa_sessions       minimal_margin_mm
Lokalrezidiv              imaging_followups  lesion_status
récidive locale           imaging_followups  lesion_status
Mutationsstatus           genotypes          result
突变状态                  genotypes          result
Todesdatum                patients           death_date
date des dernières nouvelles  patients       last_contact_date
"""


@pytest.mark.parametrize("line", NAMES.strip().splitlines())
def test_a_name_means_a_column(line: str) -> None:
    """What hospitals write above a column is found, whatever its case, accents and punctuation."""
    name, export, column = (part for part in line.split("  ") if part.strip())
    (found,) = meanings(export.strip(), name.strip())
    assert (found.column, found.strength) == (column.strip(), Strength.named)


CODES = """
patients           sex                w                    female
patients           sex                Männlich             male
patients           sex                男                   male
patients           primary_site       côlon gauche         left_colon
patients           vital_status       verstorben           dead
patients           node_positive_primary  ja               yes
patients           ecog               ECOG 1               1
rfa_sessions       modality           Mikrowelle           mwa
rfa_sessions       modality           射频消融             rfa
rfa_sessions       modality           Resektion            no_ablation
rfa_sessions       segment            S5                   5
rfa_sessions       segment            Seg. IVb             4b
rfa_sessions       segment            5/8                  -
rfa_sessions       approach           percutanée           percutaneous
genotypes          result             Wildtyp              wild_type
genotypes          result             muté                 mutant
genotypes          result             G12D                 -
genotypes          specimen_site      Lebermetastase       liver_metastasis
imaging_followups  modality           MRT                  mr
imaging_followups  modality           KM-Sono              ceus
imaging_followups  contrast_enhanced  ohne KM              no
imaging_followups  lesion_status      kein vitaler Tumor   no_viable
imaging_followups  lesion_status      récidive locale      ltp
imaging_followups  lesion_status      Progressão local     ltp
patients           prior_chemotherapy  Não                  no
imaging_followups  lesion_status      无残留               no_viable
"""


@pytest.mark.parametrize("line", CODES.strip().splitlines())
def test_a_word_means_a_code(line: str) -> None:
    """What hospitals write in coded columns is found; what is no word of the dictionary (-) is not guessed."""
    export, column, word, code = (part.strip() for part in line.split("  ") if part.strip())
    declared = EXPORTS[export]
    assert code_of(declared, declared.column(column), word) == (None if code == "-" else code)


def test_no_name_means_two_columns_of_an_export() -> None:
    """A word of the dictionary tells one column of an export from all others."""
    assert {(e, key): found for e in EXPORTS for key, found in names_of(e).items() if len(found) > 1} == {}


def test_every_column_has_words_of_every_language() -> None:
    """Only a column whose name is the same everywhere may do with fewer languages."""
    for export in EXPORTS.values():
        for name in export.column_names:
            words = CONTENT["columns"][export.name].get(name) or CONTENT["columns"]["every"][name]
            lacking = LANGUAGES - set(words)
            assert not lacking or "all" in words, (export.name, name, lacking)
            assert set(words) <= LANGUAGES | {"all", GENERAL, ASKED}, (export.name, name)


def test_every_code_in_the_dictionary_is_a_code() -> None:
    """Words stand below codes that a column of that list has."""
    lists = {"ablation_modality": ("rfa_sessions", "modality"), "imaging_modality": ("imaging_followups", "modality")}
    for name, codes in CONTENT["codes"].items():
        if name == "flag":
            allowed = {"yes", "no", "unknown"}
        else:
            export, column = lists.get(name) or next((e, name) for e in EXPORTS if name in EXPORTS[e].column_names)
            allowed = {*EXPORTS[export].column(column).codes, NO_ABLATION}
        assert set(codes) <= allowed, name


def test_no_word_stands_for_two_codes() -> None:
    """Within a list of codes a word means one of them."""
    for name, codes in CONTENT["codes"].items():
        words = [
            (joined(word), code)
            for code, languages in codes.items()
            for listed in languages.values()
            for word in listed.split(",")
        ]
        meant: dict[str, set[str]] = {}
        for word, code in words:
            meant.setdefault(word, set()).add(code)
        assert {word: found for word, found in meant.items() if len(found) > 1 and word} == {}, name


def test_a_name_of_words_that_say_nothing_means_nothing() -> None:
    """D, La and der are no columns, though the dictionary has words that consist of such words alone."""
    assert [(name, meanings(export, name)) for name in ("D", "La", "der") for export in EXPORTS] == [
        (name, ()) for name in ("D", "La", "der") for _ in EXPORTS
    ]
    assert [one.column for one in meanings("rfa_sessions", "LOE")] == ["lesion_id"]
