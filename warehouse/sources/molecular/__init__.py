"""Reads genotypes from files of variant calls: MAF, ANNOVAR's tables, VCF and the mutations of a cBioPortal study.

What does not belong here: how a pathologist's text is read (schemas/genotype), and the files of a study (cbioportal/).
"""
