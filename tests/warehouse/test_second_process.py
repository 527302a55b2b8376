"""The second process: the same answers, the same errors, and a clear word when it is gone."""

import multiprocessing
import operator
import os
import signal
import time
from functools import partial

import pytest

from analysis.report.output import png_previews
from analysis.report.output.page import page_of
from orchestration.refresh import prepare
from tests.analysis_report.sample import content
from warehouse.expectations import data_docs, run
from warehouse.expectations.suites import EXPECTATIONS
from warehouse.storage.errors import RegistryError
from warehouse.storage.second_process import run_in_second_process, second_process, submit


def test_work_is_done_elsewhere_and_else_here() -> None:
    """Inside the block another process answers, outside this one."""
    assert run_in_second_process(os.getpid) == os.getpid()
    with second_process(os.getpid):
        assert run_in_second_process(os.getpid) != os.getpid()
        assert run_in_second_process(sorted, [3, 1, 2]) == [1, 2, 3]
    assert run_in_second_process(os.getpid) == os.getpid()


def test_an_answer_can_be_taken_later() -> None:
    """Questions and answers larger than a pipe cross neither each other nor their owners, in whatever order they are
    taken, and as often as wanted; without a second process the work is done when it is wanted, once.
    """
    large = "x" * 1_000_000
    with second_process(os.getpid):
        first, fails, last = submit(str.upper, large), submit(operator.truediv, 1, 0), submit(str.swapcase, large)
        assert last() == large.upper()
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                fails()
            assert first() == large.upper()
    done: list[int] = []
    later = submit(done.append, 1)
    assert done == []
    later(), later()
    assert done == [1]


def test_what_the_work_raises_is_raised_here() -> None:
    """An error of the work comes back as itself, and the process goes on answering."""
    with second_process(os.getpid):
        with pytest.raises(ZeroDivisionError):
            run_in_second_process(operator.truediv, 1, 0)
        assert run_in_second_process(operator.add, 1, 1) == 2


def test_a_process_that_dies_is_a_failure() -> None:
    """Where it ends without an answer, the asker fails with one sentence and one cure; nothing is skipped."""
    with second_process(os.getpid):
        with pytest.raises(RegistryError, match="ended before it returned"):
            run_in_second_process(os._exit, 3)
        with pytest.raises(RegistryError, match="ended before it returned"):
            run_in_second_process(os.getpid)


def test_a_killed_process_is_a_failure() -> None:
    """The same where the machine has killed it while it prepared."""
    with second_process(partial(time.sleep, 600)):
        (process,) = multiprocessing.active_children()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(RegistryError, match="ended before it returned"):
            run_in_second_process(os.getpid)


def test_what_is_printed_there_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    """A preparation that fails, and a library that prints, neither disturb the answers nor reach a screen."""
    with second_process(partial(operator.truediv, 1, 0)):
        assert run_in_second_process(print, "a cell") is None
        assert run_in_second_process(operator.add, 1, 1) == 2
    assert capfd.readouterr() == ("", "")


def test_it_ends_with_the_block() -> None:
    """No process is left behind, also when the block fails."""
    with pytest.raises(KeyError), second_process(os.getpid):
        (process,) = multiprocessing.active_children()
        raise KeyError
    assert not process.is_alive() and multiprocessing.active_children() == []


def test_expectations_are_judged_and_shown_the_same_there_as_here() -> None:
    """Both ways give the same statuses, the same results and the same pages."""
    observed = {(e.table, e.name): run.Observed(e.low if e.low is not None else e.high, 10) for e in EXPECTATIONS}
    here, validations_here = run.judge(observed)
    with second_process(data_docs.load_library):
        there, validations_there = run_in_second_process(run.judge, observed)
    assert here == there
    assert {suite: found["results"] for suite, found in validations_here.items()} == {
        suite: found["results"] for suite, found in validations_there.items()
    }
    assert any(found["results"] for found in validations_here.values())


def test_a_page_and_its_drawings_are_the_same_there_as_here() -> None:
    """Byte for byte: where a page is made is no part of what a release holds."""
    shown = content()
    with second_process(prepare):
        for name in ("cox", "subgroups"):
            submit(png_previews.pictures_of, name, {name: shown.table(name)})()  # drawn before, and kept for the page
        page = submit(page_of, shown)
        drawn = submit(png_previews.pictures_of, "km_curve", {"km_curve": shown.table("km_curve")})
        assert page() == page_of(shown) and page().drawings
        assert drawn() == png_previews.pictures_of("km_curve", {"km_curve": shown.table("km_curve")}) and drawn()
