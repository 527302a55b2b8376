"""When it happens: the command line and the nightly job, as their users meet them."""
