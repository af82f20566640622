"""What is done from time to time, whoever asks."""
