"""Reads the files of statistics packages: SPSS (.sav, .zsav, .por), Stata (.dta) and SAS (.sas7bdat, .xpt).

A cell is given as the number or text that the file holds, never as its label. What belongs here: how each package keeps
dates, missing values, codes and letters. What does not: what the columns mean.
"""

from warehouse.readers.statistics.opening import open_statistics

__all__ = ["open_statistics"]
