"""What runs by itself: sensors, schedules, conditions, jobs, and what becomes of their runs.

Not here: the commands that a person types (cli/)."""
