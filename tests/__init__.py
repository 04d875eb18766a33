"""The tests. Each name is a sentence about behaviour; servers are real ones."""
