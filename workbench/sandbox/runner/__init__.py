"""What runs inside a box, in the interpreter of the user's project.

Python 3.9 to 3.13 and the standard library alone; nothing of the rest of workbench.
"""
