"""The engines, one file each: what a box is made of on this machine."""
