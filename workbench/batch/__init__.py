"""Headless use: a plan is carried out step by step, and reported to people and programs."""
