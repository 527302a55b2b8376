"""Writes mCODE 4 as NDJSON of FHIR R4: a folder for each site, in it a file for each type of resource."""
