"""The planted rows, one module for each export and one for what is common to all.

What belongs here: texts. What does not: running them (warehouse/quality/canaries.py).
"""
