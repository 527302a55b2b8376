"""Begins every write to a registry: locks it, finishes an interrupted erasure, and recovers from a refresh that died.

Every command and every Dagster run that makes tables or releases begins here, so that none of the three is left out. If
releases also go into a lake, it is checked first: a lake that cannot be used stops a write before it changes anything.
So is the place where shards are exchanged.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from warehouse.lake.state import LakeState, check_lake
from warehouse.redaction.erasure_list import is_pending
from warehouse.refresh.recovery import recover
from warehouse.shards.exchange import check_exchange
from warehouse.storage.home import Home
from warehouse.storage.lock import describe_holder, is_held, is_held_here, refresh_lock
from warehouse.storage.pseudonym_key import use_key


@dataclass
class Writing:
    """A write that has begun. `notices` are sentences about the state of the home, for whoever asked for the write;
    `lake` says how the lake stands, if releases go into one.
    """

    home: Home
    notices: list[str] = field(default_factory=list)
    lake: LakeState | None = None

    def recover(self) -> None:
        """Recover the home after a step has failed, e.g. on a damaged build database, so that it can be retried."""
        self.notices += recover(self.home)


@contextmanager
def writing(home: Home, say: Callable[[str], None] = lambda _: None, wait_seconds: float = 0) -> Iterator[Writing]:
    """Hold the refresh lock while the block runs; before it, finish an interrupted erasure and recover the home.

    Re-entrant within a process: the assets of a refresh run inside its block, and for them nothing is done or reported
    a second time. `say` receives the progress, which never holds a value. RefreshRunning if another process still holds
    the lock after `wait_seconds`; nothing has been changed then.
    """
    is_first = not is_held_here(home)
    if is_first and wait_seconds and is_held(home):
        say(f"Another refresh is running ({describe_holder(home)}); this run waits until it ends.")
    with refresh_lock(home, wait_seconds):
        begun = Writing(home)
        if is_first:
            begun.lake = check_lake(home)
            check_exchange(home)
            _finish_rotation(home)
            _finish_erasure(home, say)
            begun.recover()
        yield begun


def _finish_rotation(home: Home) -> None:
    use_key(home)
    if any((home.archive / name).exists() for name in ("rotation", "rotation.new")):
        from workflows.rotate_key import finish_rotation

        finish_rotation(home)
        use_key(home)


def _finish_erasure(home: Home, say: Callable[[str], None]) -> None:
    if is_pending(home):
        from workflows.erasure_steps import finish_erasure  # imports everything that makes releases

        finish_erasure(home, say)
