"""How fast, and how large: each benchmark compares two ways of the same work within one run.

What does not belong here: tests, and limits that a machine's speed decides. Figures and commands are in
docs/performance.md.
"""
