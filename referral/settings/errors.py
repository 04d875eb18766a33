"""What is wrong with a variable, in one line for the operator."""


class SettingsError(Exception):
    """A variable holds something the service cannot use; the text is one line for the operator."""
