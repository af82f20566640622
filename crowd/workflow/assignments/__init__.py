"""A task given to a worker: claimed, held, handed in."""
