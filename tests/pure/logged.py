"""Logs with tracebacks in them."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path("/srv/app")
TRACEBACK = """\
Traceback (most recent call last):
  File "/srv/app/main.py", line 9, in <module>
    run()
  File "/srv/app/pkg/job.py", line 4, in run
    return table[key]
           ~~~~~^^^^^
KeyError: 'x'
"""
