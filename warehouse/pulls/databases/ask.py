"""Asks a database in a process of its own, so that one that takes too long is ended, and a driver that crashes ends it
alone.

DuckDB 1.5.5 ends its process if a server goes away while a transaction is open. The process writes each answer as a
Parquet file, or says why it cannot.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.pulls.databases.reach import Place
from warehouse.storage.errors import RegistryError

CHECKOUT = Path(__file__).parents[3]
GRACE_SECONDS = 30
"""How much longer than its time the process may take to start, and to say why it ends."""
LAST_SECONDS = 2
"""How long a database has to end a query that was interrupted; SQLite does not before its first row."""

TOO_SLOW = ("The queries take longer than most_minutes allows.", "Let them ask for less, or raise most_minutes.")


@dataclass(frozen=True)
class Questions:
    """What is asked: `queries` by export, at most so many rows of each, and so many seconds for all.

    Answers go to `folder`. `password_in` says where the password is found.
    """

    place: Place
    queries: Mapping[str, str]
    most_rows: int
    seconds: int
    folder: Path
    password_in: str

    def file(self, export: str) -> Path:
        """Return where the answer to an export's query is written."""
        return self.folder / f"sql-{export}.parquet"


def ask(questions: Questions) -> dict[str, int]:
    """Write the answers, and return how many rows each has. Raises RegistryError if one of them cannot be had."""
    python_path = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", __name__],
            input=pickle.dumps(questions),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a driver may print a cell or the password
            env=os.environ | {"PYTHONPATH": python_path},
            timeout=questions.seconds + GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RegistryError(*TOO_SLOW) from None
    try:
        kind, said = pickle.loads(ended.stdout)
    except (EOFError, pickle.UnpicklingError, ValueError):
        raise RegistryError(
            "Asking the database crashes the process that asks it; the database may have gone away.",
            "Pull again; if it happens again, run the queries in the database's own client.",
        ) from None
    if kind == "refused":
        raise RegistryError(*said)
    return said


def _serve() -> None:
    questions: Questions = pickle.load(sys.stdin.buffer)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # so that nothing that is printed mixes with the answer

    def answer(said: tuple[str, object]) -> None:
        pickle.dump(said, answers)
        answers.flush()
        os._exit(0)  # without closing DuckDB, which may crash

    last = threading.Timer(questions.seconds + LAST_SECONDS, answer, (("refused", TOO_SLOW),))
    last.daemon = True
    last.start()
    said: tuple[str, object]
    try:
        from warehouse.pulls.databases.write_answers import write_answers

        said = ("answered", write_answers(questions))
    except RegistryError as error:
        said = ("refused", (error.message, error.cure))
    except MemoryError:
        said = ("refused", ("Asking the database needs more memory than there is.", "Let the queries ask for less."))
    except Exception as error:  # of any kind: the parent reports it
        said = ("refused", (f"Asking the database fails ({type(error).__name__}).", "Pull again."))
    answer(said)


if __name__ == "__main__":
    _serve()
