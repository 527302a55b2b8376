"""What changed between two releases, row by row: set differences in SQL, never a loop over patients.

What belongs here: finding the rows that are new, changed or gone, the endpoints that they moved, and the delivery that
caused it. What does not: estimates (analysis/plan/estimate_changes.py), and how the result is shown (analysis/report,
orchestration/cli/diff.py).
"""
