"""The sandbox: whatever the workbench did not write itself runs here and nowhere else."""
