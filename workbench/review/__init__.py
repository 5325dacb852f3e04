"""A person decides: what is proposed as hunks, decisions about them, and what comes of those."""
