"""How many threads each web process has: the supervisor starts them, and the desk's streams fill some of them."""

REQUEST_THREADS = 8
"""So many threads of each web process answer pages and programs, whoever listens besides."""

STREAMS = 24
"""So many streams each web process holds open; each waits in a thread of its own. Who comes later asks now and then.

Two processes hold 48: about the fifty desks that are meant. A waiting thread costs memory and no processor time.
"""
