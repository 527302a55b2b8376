"""A refresh that makes only what is due gives the same tables as making everything, whatever happened before."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.incremental_machine import RegistryOverTime
from warehouse.incremental import change_log

SAME_EVERY_TIME = settings(
    max_examples=1,
    stateful_step_count=7,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking a history takes minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def always_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of these few patients changed, only they are recomputed."""
    monkeypatch.setattr(change_log, "EVERYTHING_FROM_SHARE", 10.0)


def test_what_is_due_and_everything_are_the_same() -> None:
    """After each night of a random history every table's content is that of a rebuild from the archive, and after some
    that of another order of arrival.
    """
    RegistryOverTime.n_other_orders = 0
    run_state_machine_as_test(RegistryOverTime, settings=SAME_EVERY_TIME)
    assert RegistryOverTime.n_other_orders > 0


@pytest.mark.long
def test_what_is_due_and_everything_are_the_same_in_many_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same is true of many more and longer histories, with another order of arrival tried after each night."""
    monkeypatch.setattr(RegistryOverTime, "nights_to_another_order", 1)
    many = settings(SAME_EVERY_TIME, max_examples=15, stateful_step_count=25)
    run_state_machine_as_test(RegistryOverTime, settings=many)
