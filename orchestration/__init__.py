"""When it happens: definitions, resources, schedule, and the command line.

What does not belong here: anything that could be tested without Dagster or a terminal.
"""
