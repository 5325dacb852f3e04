"""The parts of finding an interpreter; `workbench.sandbox.interpreter` is the door to them."""
