"""What who reads a release should know of its home; on standard error, beside the answer."""

import os
import sys

from warehouse.storage.home import Home


def say_unfinished_erasure(home: Home) -> None:
    """That an erasure is under way or died: the release may still hold the patient."""
    if not home.erasure.exists() or not os.access(
        home.erasure, os.X_OK
    ):  # of most homes, and importing what follows costs time
        return
    from warehouse.redaction.erasure_list import unfinished

    if said := unfinished(home):
        print(f"Notice   {said}", file=sys.stderr)
