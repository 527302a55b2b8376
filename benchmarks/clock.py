"""Times the steps of a refresh by wrapping functions wherever the project's modules have bound them.

Each second counts towards one step only. Which functions are steps is listed in refresh_steps.py.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

ROOMS = ("schemas", "warehouse", "assets", "analysis", "orchestration", "workflows")
OTHER = "other"


class Clock:
    """Seconds per step. The time of an inner step is subtracted from the outer one, so the steps add up to the total.

    `now` is time.perf_counter, or time.process_time for processor seconds of all threads. With `nested`, a step inside
    another is called "outermost: innermost".
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter, nested: bool = False) -> None:
        self._now, self._nested = now, nested
        self.seconds: dict[str, float] = defaultdict(float)
        self._stack = [OTHER]
        self._since = now()

    def _charge(self) -> None:
        read = self._now()
        self.seconds[self._label()] += read - self._since
        self._since = read

    def _label(self) -> str:
        inner = self._stack[-1]
        return f"{self._stack[1]}: {inner}" if self._nested and len(self._stack) > 2 else inner

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Charge the block to `label`."""
        self._charge()
        self._stack.append(label)
        try:
            yield
        finally:
            self._charge()
            self._stack.pop()

    def watch(self, function: Callable[..., Any], label: str, argument: int | None = None) -> None:
        """Charge calls of a plain function to `label`, or to `label` plus the name of the argument at that index."""

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            what = "" if argument is None else f" {getattr(args[argument], 'name', args[argument])}"
            with self.step(label + what):
                return function(*args, **kwargs)

        rebind(function, timed)


def rebind(function: Callable[..., Any], replacement: Callable[..., Any]) -> None:
    """Replace a function wherever the project's modules have bound it."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ROOMS:
            for bound in [key for key, value in vars(module).items() if value is function]:
                setattr(module, bound, replacement)
