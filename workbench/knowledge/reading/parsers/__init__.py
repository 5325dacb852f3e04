"""One parser a kind of file: text goes in, sections come out."""
