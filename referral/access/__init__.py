"""Who may do what: signed-in staff, bearer tokens, links without an account."""
