"""The oracle's reading of assisted local control: was LTP ablated again, and shown controlled by an adequate exam?"""

from __future__ import annotations

from datetime import date


def uncontrolled_ltp_date(
    negative_dates: list[date], viable_dates: list[date], session_dates: list[date], adequate_date: date | None
) -> date | None:
    """The LTP that stayed uncontrolled; None where there is no LTP or each was controlled again.

    LTP is no event when a session on or after its day is followed by an adequate exam. From that exam on the lesion is
    free again, and the next viable day is LTP once more, judged likewise.
    """
    free_since = adequate_date
    while free_since is not None:
        later = [day for day in viable_dates if day > free_since]
        if not later:
            return None
        ltp_date = min(later)
        reablated = [day for day in session_dates if day >= ltp_date]
        adequate_again = [day for day in negative_dates if reablated and day > min(reablated)]
        if not adequate_again:
            return ltp_date
        free_since = min(adequate_again)
    return None
