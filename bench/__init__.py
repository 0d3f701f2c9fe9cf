"""The benchmark: the twins beside what their users would pick instead. `make bench` runs it."""
