"""Readers of what strangers send, fed with sound files that were spoilt by lot.

`python -m tests.fuzz --seconds 600` goes on for as long as it is told; the suite does a few hundred of each kind.
"""
