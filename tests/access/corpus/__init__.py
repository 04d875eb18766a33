"""Files that must not be taken, and files that must be: made by code, so that no harmful file lies in the project."""
