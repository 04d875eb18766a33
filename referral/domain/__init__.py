"""What the service knows, as pure functions: no clock, no network, no database, no chance."""
