"""Asks Celery's workers what they have in hand, so that a task whose worker was killed is known to be lost.

A worker's main process answers while its child computes; one that was started with `--pool solo` does not.
"""

import time
from collections.abc import Callable

from amqp.exceptions import ChannelError
from celery import Celery

QUEUE = "dagster"
"""The queue of dagster-celery, to which its workers listen."""
ASKS_SECONDS = 2.0
"""Workers have so long to answer; a question always takes as long, since nobody knows how many they are."""
KEEPS_SECONDS = 5.0
"""An answer is good for so long."""
LOST_SECONDS, LOST_IN_SILENCE_SECONDS = 30.0, 120.0
"""A task that nobody has is lost after so long; if no worker answers at all, after longer: they may be looking for a
broker that was started anew."""
SETTINGS = {
    "worker_prefetch_multiplier": 1,
    "worker_disable_prefetch": True,  # whoever is free first takes the next shard
    "worker_proc_alive_timeout": 120.0,  # a busy machine takes longer than 4 s to import all this
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "task_ignore_result": True,  # Dagster's storage has the result; the broker keeps none
}
"""Celery's settings, for who asks and who works."""


class Workers:
    """What the workers at a broker have in hand."""

    def __init__(self, app: Celery, clock: Callable[[], float] = time.monotonic):
        self._app, self._clock = app, clock
        self._asked_at = float("-inf")
        self._in_hand: set[str] = set()
        self._n_answers = self._n_waiting = 0
        self._missed_since: dict[str, float] = {}

    def have_lost(self, task: str, may_wait: bool) -> bool:
        """Return whether nobody has had the task for a while. `may_wait`: it may also be in the queue still."""
        now = self._clock()
        if now - self._asked_at > KEEPS_SECONDS:
            self._ask()
            self._asked_at = now = self._clock()
        if task in self._in_hand or (may_wait and self._n_waiting):
            self._missed_since.pop(task, None)
            return False
        since = self._missed_since.setdefault(task, now)
        return now - since >= (LOST_SECONDS if self._n_answers else LOST_IN_SILENCE_SECONDS)

    def _ask(self) -> None:
        self._n_waiting = self._queued()  # first: what is taken between two questions must be seen somewhere
        look = self._app.control.inspect(timeout=ASKS_SECONDS)
        answers = [look.reserved() or {}, look.active() or {}]
        self._n_answers = max(map(len, answers))
        self._in_hand = {task["id"] for answer in answers for tasks in answer.values() for task in tasks}

    def _queued(self) -> int:
        with self._app.connection_for_read() as connection:
            try:
                return connection.default_channel.queue_declare(QUEUE, passive=True).message_count
            except ChannelError:  # Redis forgets an empty queue
                return 0
