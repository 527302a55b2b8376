"""Reads Excel workbooks as Excel shows them, from the parts of the file (docs/decisions/0026).

There is one module per concern: the file and its sheets (book.py), a sheet's rows and cells (sheet.py, merges.py), what
a number format shows (number_formats.py, format_codes.py), texts (texts.py). Nothing in a workbook is ever executed.
What does not belong here: writing the sheet as CSV (readers/sheet_text.py).
"""
