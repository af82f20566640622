"""crowd: labels from many people, merged honestly, released reproducibly."""

__version__ = "0.1.0"
