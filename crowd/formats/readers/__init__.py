"""Readers of what others wrote: manifests, and existing data sets. Streaming where the format allows, silent never."""
