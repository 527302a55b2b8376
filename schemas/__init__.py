"""What is true: contracts of the exports and tables, code lists, rules.

No input or output happens here, and no orchestration: a frame comes in, a verdict goes out.
"""
