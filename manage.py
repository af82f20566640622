#!/usr/bin/env python
"""The same entry point as the console script `crowd`, for a checkout."""

from crowd.management.entry import main

if __name__ == "__main__":
    main()
