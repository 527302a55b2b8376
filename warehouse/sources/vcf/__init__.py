"""Reads VCF: its header, the annotations of VEP (CSQ) and SnpEff (ANN), and its samples.

What does not belong here: what a call means (molecular/).
"""
