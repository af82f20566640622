"""The command line: thin commands over the same verbs as pages and API."""
