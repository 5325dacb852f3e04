"""The vocabulary every face speaks: commands, events, views, the wire, and the client."""
