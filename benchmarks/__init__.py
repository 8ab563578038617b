"""Side-by-side measurements of this client and of others: `python -m benchmarks --help`."""
