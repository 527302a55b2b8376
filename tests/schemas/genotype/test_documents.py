"""docs/genotype.md and the docstrings say what the code does."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import schemas.genotype

PAGE = Path(__file__).parents[3] / "docs" / "genotype.md"
MODULES = [f"schemas.genotype.{module.name}" for module in pkgutil.iter_modules(schemas.genotype.__path__)]


def test_the_page_is_true() -> None:
    """Every example of the page gives what the page shows."""
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert result.attempted >= 5
    assert result.failed == 0


@pytest.mark.parametrize("name", ["schemas.genotype", *MODULES])
def test_docstring_examples_are_true(name: str) -> None:
    """Every example in a docstring of the package gives what it shows."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_table_of_the_page() -> None:
    """Each line of the page's table is read as it says: gene, text, canonical name, status."""
    from schemas.genotype import describe

    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(lines) >= 30
    for line in lines:
        text, canonical, status, accuses = (cell.strip().strip("`") for cell in line.strip("| ").split(" | "))
        gene = "BRAF" if "600" in text or "1799" in text else "KRAS"
        summary = describe(gene, text)
        found = (summary.canonical or "", summary.status, "yes" if summary.is_pathogenic else "no")
        assert found == (canonical, status, accuses), line
