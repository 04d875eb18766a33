"""Every SELECT and UPDATE. Functions are named by intent and never commit."""
