"""Excel workbooks as Excel shows them, from the parts of the file (docs/decisions/0026).

One module per concern: the file and its sheets (book.py), a sheet's rows (sheet.py), one cell (cells.py), what a number
format shows (number_formats.py, format_codes.py), texts (texts.py). Nothing in a workbook is ever run.
"""
