"""Says what is installed, missing or wrong on this machine, and how to mend it."""
