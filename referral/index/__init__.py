"""The compiled match index: built from the database, read by every process."""
