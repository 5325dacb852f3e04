"""What `workbench run` puts on PYTHONPATH, for Python 3.9 and later; it needs nothing else."""
