"""Short programs that run: `python -m examples.demo`."""
