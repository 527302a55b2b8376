"""A second process beside a refresh, on the machine's second core: pure work that waits for slow imports.

What belongs here: starting it, asking it, ending it. What does not: what it computes, which is a module's function of
plain values, the same whether it runs there or here. It opens no database. It ends with its parent, however that
ends; when it ends itself before it has answered, the asker fails (docs/decisions/0008).
"""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from warehouse.errors import RegistryError

CHECKOUT = Path(__file__).parent.parent
Answer = TypeVar("Answer")

_running: "list[Second]" = []


class Second:
    """The process, and the answer that it still owes."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a library prints could quote a cell
            env=os.environ | {"PYTHONPATH": path},
        )
        self._owed: Callable[[], object] = lambda: None

    def send(self, function: Callable, *arguments: object) -> None:
        """Have it call the function."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # then there is no answer either
            pickle.dump((function, arguments), self.process.stdin)
            self.process.stdin.flush()

    def ask(self, function: Callable[..., Answer], *arguments: object) -> Callable[[], Answer]:
        """Send, and return how to take the answer."""
        self._owed()  # one question at a time, else each could wait for the other to read
        self.send(function, *arguments)
        self._owed = taken = cache(self._take)
        return lambda: _given(*taken())

    def _take(self) -> tuple[bool, Any]:
        assert self.process.stdout is not None
        try:
            return pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            return False, RegistryError(
                "The second process of the refresh ended before it had answered.",
                "Look whether the machine is short of memory, then run `registry refresh` again.",
            )


@contextmanager
def second_process(prepare: Callable[[], object]) -> Iterator[None]:
    """Inside, `apart` and `ask` use another process, which begins with `prepare()` while this one goes on."""
    second = Second()
    _running.append(second)
    try:
        second.send(prepare)
        yield
    finally:
        _running.remove(second)
        second.process.kill()  # it holds nothing that could be lost
        second.process.communicate()


def apart(function: Callable[..., Answer], *arguments: object) -> Answer:
    """`function(*arguments)`, by the second process where one runs, else here. Raises what the function raises.

    RegistryError where the second process has ended.
    """
    return ask(function, *arguments)()


def ask(function: Callable[..., Answer], *arguments: object) -> Callable[[], Answer]:
    """As `apart`, but this process goes on: what is returned gives the answer, or raises, each time it is called.

    Without a second process the work is done when its answer is first wanted.
    """
    return _running[-1].ask(function, *arguments) if _running else cache(partial(function, *arguments))


def collect_rarely() -> None:
    """The libraries' million objects live as long as a refresh: looking for garbage among them is lost time."""
    gc.set_threshold(500_000, 10, 10)


def _given(is_answer: bool, found: Any) -> Any:
    if not is_answer:
        raise found
    return found


def _serve() -> None:
    """Prepare, then answer until the parent is gone."""
    collect_rarely()
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that is printed comes between the answers
    function, arguments = pickle.load(questions)
    with suppress(Exception):  # whoever asks meets it again
        function(*arguments)
    while True:
        try:
            function, arguments = pickle.load(questions)
        except EOFError:
            os._exit(0)
        try:
            answer = (True, function(*arguments))
        except Exception as error:
            answer = (False, error)
        answers.write(pickle.dumps(answer))
        answers.flush()


if __name__ == "__main__":
    _serve()
