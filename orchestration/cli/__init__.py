"""The command line: one module per command, each imported only when it is called, so that queries start fast.

What belongs here: parsing, printing and exit codes. What does not: the work itself (workflows/, warehouse/).
"""
