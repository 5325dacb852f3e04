"""Subjects: what is known of a technology, version by version, folded from the journal."""
