"""Reading: files become parts that can be found, in a process that may fail without harm."""
