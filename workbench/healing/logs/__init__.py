"""Reading the logs of programs: what broke in them, and lines that are new or suddenly frequent."""
