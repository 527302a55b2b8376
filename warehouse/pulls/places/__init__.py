"""Places where hospitals leave files (object storage, SFTP, shared folders), and how what is new there is fetched.

Nothing at a place is ever changed or removed.
"""
