"""Reporting checklists filled in from a release: STROBE, RECORD and REMARK, and a paragraph on limitations.

Here: which items there are (in the registry's own words, by the checklist's own numbers), and what a release answers.
Not here: reading a release (workflows/fill_checklist.py), the words of its report.
"""
