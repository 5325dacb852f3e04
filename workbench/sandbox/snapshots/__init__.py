"""The parts of the snapshot store; `workbench.sandbox.snapshot` is the door to them."""
