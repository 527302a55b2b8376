"""Declares what is valid: contracts of the exports and tables, code lists, rules.

What does not belong here: input, output and orchestration. A frame comes in and a verdict goes out.
"""
