"""Answers: query sheets that came back from a site, and what a refresh makes of them.

entry_id.py says which entry a line speaks of, sheet.py reads a workbook, loading.py keeps its lines, decide_answers.py
decides what each answer does, apply_answers.py writes it into the raw history. An answer lies over the version of the
row that it was given for: it holds as long as that version is the current one, whatever is delivered again and in
whatever order.
"""
