"""What runs without a person: sensors, schedules, automation conditions, jobs, and the care of their runs.

What does not belong here: the commands that a person types (cli/)."""
