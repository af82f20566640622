"""What is believed of a worker, what follows, and what they may say to it."""
