"""Writes CDISC ADaM datasets (ADSL, ADTTE) as Dataset-JSON 1.1 and as SAS transport files, with define.xml."""
