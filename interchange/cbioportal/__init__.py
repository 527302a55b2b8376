"""Writes a study folder of cBioPortal: patients, samples, mutations, what was tested, and timelines."""
