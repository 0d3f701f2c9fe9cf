"""The benchmark: compares the twins with similar tools. Run by `make bench`."""
