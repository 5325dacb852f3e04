"""Memory: what happened, what is known, and how things are done; a person oversees all of it."""
