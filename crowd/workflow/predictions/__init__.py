"""What models say of images: pre-labels, scores, outlines."""
