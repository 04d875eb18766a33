"""One importer per source of specialists, all of the same small shape."""
