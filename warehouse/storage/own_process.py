"""Does a piece of work on one file in its own process, so that a crash of that process affects no other.

The process has bounded memory and bounded time. If memory runs out nevertheless, the system ends it before any other.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
MAX_DATA_BYTES = 8 << 30
"""Memory of the process: DuckDB's limit, plus room for a workbook's texts."""
MAX_SECONDS = 1800
"""A million rows load within a minute; a file that takes this long never ends."""
FAILED = "failed"
"""The kind of answer whose content says why there is no other, as a clause without values."""
Answer = tuple[str, Any]


class NotRead(Exception):
    """The process did not do its work; `why` is a clause without values."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


def asked(module: str, given: object, environment: Mapping[str, str], max_data_bytes: int = MAX_DATA_BYTES) -> Answer:
    """Run the module, which calls `serve`, with what is given, and return its answer: its kind, and what it says.

    Raises NotRead if the process crashes, takes too long or runs out of memory.
    """
    python_path = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", module],
            input=pickle.dumps((given, max_data_bytes)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library may print a cell
            env=os.environ | {"PYTHONPATH": python_path} | dict(environment),
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotRead(f"reading it takes more than {MAX_SECONDS // 60} minutes") from None
    try:
        kind, said = pickle.loads(ended.stdout)
    except (EOFError, pickle.UnpicklingError, ValueError):
        raise NotRead("reading it crashes the process") from None
    if kind == FAILED:
        raise NotRead(said)
    return kind, said


def serve(work: Callable[[Any], Answer]) -> None:
    """Do the work on what was given, answer, and end this process."""
    from warehouse.storage.faults import NO_MEMORY

    given, max_data_bytes = pickle.load(sys.stdin.buffer)
    _bound_this_process(max_data_bytes)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # so that nothing that is printed mixes with the answer
    answer: Answer
    try:
        answer = work(given)
    except NO_MEMORY:
        answer = (FAILED, "it needs more memory than is available")
    except Exception as error:  # of any kind: the parent reports it and goes on
        answer = (FAILED, f"reading it fails ({type(error).__name__})")
    pickle.dump(answer, answers)
    answers.flush()
    os._exit(0)


def _bound_this_process(data_bytes: int) -> None:
    """Limit this process's memory, and make it the first that the system ends if memory runs out."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
