"""Backups, restored into other places; erasure; upgrades."""
