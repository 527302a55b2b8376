"""Studies of several sites: sums that equal the pooled fit, files, what leaves, the command."""
