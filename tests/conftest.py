"""What tests of several folders share."""

from collections.abc import Iterator

import pytest

from tests.e2e.demonstration import Demonstration, demonstration_study
from tests.orchestration.light import EVERYTHING, WITH_HISTORY
from tests.reliability.commands import Commands, warm_commands


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
