"""How likely a patch that passes is right."""
