"""Reading files of strangers, in a process that can do little else: see `serving.py` for its limits.

Nothing in here is imported by the web part but `refusals.py`; each other module reads one kind of file.
"""
