"""Where the cause may lie."""
