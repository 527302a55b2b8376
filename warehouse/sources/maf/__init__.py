"""Reads MAF and tables like it: with the columns of VEP, Funcotator or Oncotator, and ANNOVAR's multianno.

What does not belong here: what a call means (molecular/), and MAF within a cBioPortal study (cbioportal/).
"""
