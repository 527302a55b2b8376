"""What tests of several folders share."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, demonstration_study
from tests.orchestration.light import EVERYTHING, WITH_HISTORY
from tests.reliability.commands import Commands, warm_commands


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests that share a fixture of their module, and those of the warm process: --dist loadgroup runs a
    group in one process, so that the fixture is made once, and deals all other tests out.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "commands" in fixtures:
            item.add_marker(pytest.mark.xdist_group("commands"))
        elif "interface" in fixtures or _has_fixture_of_its_own(item.path):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))


@cache
def _has_fixture_of_its_own(module: Path) -> bool:
    return 'scope="module"' in module.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Demonstration:
    """The demonstration study, released with everything, for tests that only read; made once, whoever asks first."""
    return demonstration_study(tmp_path_factory, pytestconfig, "demonstration", EVERYTHING)


@pytest.fixture(scope="session")
def light_study(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Demonstration:
    """The demonstration study, released lightly, for tests that refresh copies of it."""
    return demonstration_study(tmp_path_factory, pytestconfig, "light-study", WITH_HISTORY)


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """Commands in children of the warm process, which may be killed."""
    with warm_commands() as running:
        yield running
