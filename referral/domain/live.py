"""How the desk stays up to date: lengths and limits. How many streams there are, DESK_STREAMS says."""

STREAMS_OF_ONE = 3
"""So many streams for one session: windows side by side. The oldest gives way, such as that of a page that was left."""

STREAM_SECONDS = 25.0
"""A stream ends after so long and the browser opens it anew: who has signed out, or was too long away, gets none."""

BEAT_SECONDS = 5.0
"""So often a stream says that it lives, which is also how it is noticed that nobody reads it any more."""

LOOK_SECONDS = 1.0
"""So often a process looks for what has changed, while anybody listens."""

COUNT_SECONDS = 5.0
"""The worklists are counted at most so often."""

MOST_ROWS = 100
"""Of so many rows a page is told what they look like now."""

LATE_SECONDS = 15.0
"""Lines of the history are numbered before they are saved, so that a lower number may come this much later."""
