"""Reads studies of Castor EDC: the files of its export, the export's ZIP, and what its API gave.

Castor's own columns, missing values, option groups and forms are known here. Nothing here knows the canonical columns.
"""
