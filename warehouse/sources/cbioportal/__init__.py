"""Reads study folders of cBioPortal, and of GENIE, which has the same files and its own of what a panel covers.

What does not belong here: what a call means (molecular/), and packing a folder into one delivery (intake/).
"""
