"""A second process beside a refresh, on the machine's second core: pure work that waits for slow imports.

What belongs here: starting it, asking it, ending it. What does not: what it computes, which is a module's function of
plain values, the same whether it runs there or here. It opens no database. It ends with its parent, however that
ends; when it ends itself before it has answered, the asker fails (docs/decisions/0008).
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from warehouse.errors import RegistryError

CHECKOUT = Path(__file__).parent.parent
Answer = TypeVar("Answer")

_running: list[subprocess.Popen[bytes]] = []


@contextmanager
def second_process(prepare: Callable[[], object]) -> Iterator[None]:
    """Inside, `apart` asks another process, which begins with `prepare()` while this one goes on."""
    path = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what a library prints could quote a cell
        env=os.environ | {"PYTHONPATH": path},
    )
    _running.append(process)
    try:
        _send(process, prepare)
        yield
    finally:
        _running.remove(process)
        process.kill()  # it holds nothing that could be lost
        process.communicate()


def apart(function: Callable[..., Answer], *arguments: object) -> Answer:
    """`function(*arguments)`, by the second process where one runs, else here. Raises what the function raises.

    RegistryError where the second process has ended.
    """
    if not _running:
        return function(*arguments)
    process = _running[-1]
    try:
        _send(process, function, *arguments)
        assert process.stdout is not None
        is_answer, found = pickle.load(process.stdout)
    except (EOFError, BrokenPipeError, pickle.UnpicklingError):
        raise RegistryError(
            "The second process of the refresh ended before it had answered.",
            "Look whether the machine is short of memory, then run `registry refresh` again.",
        ) from None
    if not is_answer:
        raise found
    return found


def _send(process: subprocess.Popen[bytes], function: Callable, *arguments: object) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # then there is no answer either
        pickle.dump((function, arguments), process.stdin)
        process.stdin.flush()


def _serve() -> None:
    """Prepare, then answer until the parent is gone."""
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
