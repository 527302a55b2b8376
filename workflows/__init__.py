"""What a person asks for: a cohort's files, a manuscript, a morning note, an erasure.

What belongs here: plain functions that combine warehouse and analysis. What does not: Dagster assets, and the command
line."""
