"""The error that ends the service."""


class ServiceError(Exception):
    """The service cannot start or go on; the text is one line for the operator."""
