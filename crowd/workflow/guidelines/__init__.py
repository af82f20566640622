"""Guideline versions: written, approved, published, and what they do to what was there."""
