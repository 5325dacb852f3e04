"""Reports: each is a function from what a batch came to, to bytes."""
