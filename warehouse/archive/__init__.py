"""The archive: every file received, by its content, and the log of arrivals.

Not here: what a file holds (readers/), and which files may be taken (intake/)."""
