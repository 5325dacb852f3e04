"""From a crash or a statement to drafts, which become candidates when they hold together."""
