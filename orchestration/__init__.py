"""Definitions that Dagster loads, schedules, sensors, alerts, and the command line.

What does not belong here: anything that can be tested without Dagster or a terminal.
"""
