"""What changed between two releases, row by row: set differences in SQL, never a loop over patients.

What belongs here: finding what came, changed and went, which endpoints that moved, and which delivery did it. What does
not: estimates (analysis/plan/estimate_changes.py), and how the answer is told (analysis/report,
orchestration/cli/diff.py).
"""
