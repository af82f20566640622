"""`crowd login`, `status`, `push`, `pull` and `watch`: the client on the command line."""

from crowd.client.command.main import COMMANDS, main

__all__ = ["COMMANDS", "main"]
