"""Entities and relations: read out of files, kept file by file, walked a few steps at a time."""
