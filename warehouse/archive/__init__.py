"""The archive: every file received, stored by content, and the log of arrivals.

What does not belong here: what a file contains (readers/), and which files may be taken in (intake/)."""
