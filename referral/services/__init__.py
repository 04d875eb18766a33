"""One use case per file. A service owns its transaction; the time and the channels come in as arguments."""
