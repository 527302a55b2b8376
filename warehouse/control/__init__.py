"""What is judged by site and over time: thresholds of a site's own, run-in periods, control charts.

What a site.toml says is read in intake/; here it is kept in the build database and put in force. The results of
rules by site are in quality/.
"""
