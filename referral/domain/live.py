"""How the desk stays up to date: lengths and limits, by which the web part is started too."""

REQUEST_THREADS = 8
"""So many threads of each web process answer pages and programs, whoever listens besides."""

STREAMS = 24
"""So many streams each web process holds open; each waits in a thread of its own. Who comes later asks now and then.

Two processes hold 48: about the fifty desks that are meant. A waiting thread costs memory and no processor time.
"""

STREAMS_OF_ONE = 3
"""So many of them for one session: windows side by side. The oldest gives way, such as that of a page that was left."""

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
