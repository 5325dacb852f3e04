"""One process for each loaded model: started, spoken to and watched from the host's side.

The host imports `client`, `scheduling`, `supervisor`, `structured` and what these need. What
touches llama.cpp is imported in the process alone, by `serving`.
"""
