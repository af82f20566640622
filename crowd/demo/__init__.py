"""The main job end to end on real images, with a simulated crowd that goes only through the public HTTP API."""
