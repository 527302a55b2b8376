"""Reads FHIR R4: bundles, NDJSON and single resources of mCODE and of genomics reporting, as rows of the exports.

The codes, shapes and references of FHIR are known here. Nothing here knows the rules of the exports.
"""
