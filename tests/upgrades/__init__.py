"""From one release to the next while people work."""
