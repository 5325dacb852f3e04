"""A face's line to the host: attach or start it, call commands, follow events, come back."""
