"""Measurements of speed and size: each benchmark compares two ways of doing the same work within one run.

What does not belong here: tests, and limits that depend on the speed of the machine. Figures and commands are in
docs/performance.md.
"""
