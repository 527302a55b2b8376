"""Warn readers of a release about its home, on standard error, so that standard output holds only the answer."""

import os
import sys

from warehouse.storage.home import Home


def say_unfinished_erasure(home: Home) -> None:
    """Warn of an erasure that is running or was interrupted: the release may still hold the patient."""
    if not home.erasure.exists() or not os.access(
        home.erasure, os.X_OK
    ):  # true of most homes; the import below costs time
        return
    from warehouse.redaction.erasure_list import unfinished

    if said := unfinished(home):
        print(f"Notice   {said}", file=sys.stderr)
