"""How fast, how small, how lean: this program beside others, measured in one run. `python -m benchmarks`."""
