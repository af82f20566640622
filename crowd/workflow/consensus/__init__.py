"""Answers become labels, and the models of workers that this needs."""
