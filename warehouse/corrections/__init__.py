"""Corrections that exports cannot carry: retracts rows and merges patients' numbers (archive/corrections.py), and
foretells what that will do.
"""
