"""The sections of the settings, one module each: types, bounds, and a sentence on each."""
