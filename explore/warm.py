"""Imports what the first curve needs while the reader looks at the first page."""

import threading


def warm() -> None:
    """Import the libraries of curves in the background; nothing waits for it."""
    threading.Thread(target=_import, daemon=True, name="imports").start()


def _import() -> None:
    import lifelines  # noqa: F401
    import matplotlib.figure  # noqa: F401

    from analysis.figures import kaplan_meier, render  # noqa: F401
