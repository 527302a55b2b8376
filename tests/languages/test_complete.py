"""Tests that every sentence for a site is in the template of the catalogues, and that each catalogue is whole."""

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from languages.catalogue import LOCALE, REGISTRY, REPORT, TEMPLATE, catalogue
from languages.known import ENGLISH, LANGUAGES
from languages.templates import Templates, fields_of
from tools.followed_text import Module, Unfollowed
from tools.site_sentences import as_text, beginnings_in, found_sentences, template

TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]
BOTH = [(code, name) for code in TRANSLATED for name in (REGISTRY, REPORT)]


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    """Every sentence and word for a site, as the code has it."""
    return list(found_sentences()[0])


def test_every_sentence_is_followed_to_its_text() -> None:
    """No refusal, note, verdict or heading is made of text that the search cannot find, which would stay English."""
    assert found_sentences()[1] == []


def test_a_sentence_that_cannot_be_followed_is_reported(tmp_path: Path) -> None:
    """The search itself bites: it follows choices and names to whole sentences, and reports what comes from outside."""
    text = """
def refuse(n, said):
    rows = "1 row" if n == 1 else f"{n:,} rows"
    raise DeliveryRejected(f"The file has {rows}.", said)
"""
    (tmp_path / "planted.py").write_text(text, encoding="utf-8")
    found, lost = [], []
    for _, follow in beginnings_in(Module(tmp_path / "planted.py")):
        try:
            found += follow()
        except Unfollowed as where:
            lost.append(str(where))
    assert found == ["The file has 1 row.", "The file has {n:,} rows."]
    assert lost == ["planted.py:4: said"]


def test_the_template_is_as_the_code() -> None:
    """languages/registry.pot holds the sentences of today's code; `make pot` renews it."""
    assert TEMPLATE.read_bytes() == as_text(template())


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_is_whole(code: str, sentences: list[str]) -> None:
    """Each catalogue says every sentence and word, none as uncertain, and no other."""
    with open(LOCALE / code / "registry.po", "rb") as file:
        held: Catalog = read_po(file, locale=code)
    assert {one.id for one in held if one.id and (not one.string or one.fuzzy)} == set()
    assert sorted(catalogue(code)) == sorted(sentences)


@pytest.mark.parametrize(("code", "name"), BOTH)
def test_a_translation_keeps_the_values(code: str, name: str) -> None:
    """A translation names the values of its English, each as often and in the same form, and is no copy of it."""
    said = catalogue(code, name)
    assert {english: said[english] for english in said if _values(english) != _values(said[english])} == {}
    long = {english for english in said if len(re.sub(r"{[^}]*}", "", english)) > 40}
    assert {english for english in long if said[english] == english} == set()


@pytest.mark.parametrize(("code", "name"), BOTH)
def test_a_translation_keeps_what_the_registry_reads(code: str, name: str) -> None:
    """Names of commands, files and settings in backticks or with an underscore stay as they are."""
    said = catalogue(code, name)
    changed = {english for english in said for name in _names(english) if name not in said[english]}
    assert changed == set()


def test_each_sentence_is_recognised_as_itself(sentences: list[str]) -> None:
    """A sentence with its values filled in is read back as that sentence with those values, so none is taken for
    another; no two values stand side by side, where it could not be known which letters belong to which.
    """
    known = Templates(sentences)
    for one in sentences:
        values = {name: "1,234" if spec else f"x{len(name)}" for _, name, spec in fields_of(one) if name}
        parts = fields_of(one)
        assert all(text for text, name, _ in parts[1:] if name), one
        filled = "".join(text + (values[name] if name else "") for text, name, _ in parts)
        read = known.read(filled)
        assert read is not None, one
        assert _filled(read) == filled, one
        assert _unnamed(" ".join(said for said, _ in read)) == _unnamed(one)


def _filled(read) -> str:
    return " ".join("".join(t + (values[n] if n else "") for t, n, _ in fields_of(said)) for said, values in read)


def _unnamed(text: str) -> str:
    """The template without the names of its values, which may differ where two modules say the same."""
    return re.sub(r"{\w+", "{", text)


def _values(text: str) -> list[tuple[str, str]]:
    return sorted((name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name)


def _names(text: str) -> list[str]:
    bare = re.sub(r"{[^}]*}", " ", text)
    return re.findall(r"`[a-z][^`]*?[a-z]+`|\b[a-z]+_[a-z_]+\b", bare)
