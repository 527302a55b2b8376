"""Definitions that Dagster loads, schedules, sensors, alerts, and the command line.

What does not belong here: anything that can be tested without Dagster or a terminal.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Read when numpy and scipy are imported. Matrices of the models have few columns: with several threads the processor
seconds of a Firth model rise from 0.01 to 0.2, spent on waiting, and last digits depend on the number of cores."""
