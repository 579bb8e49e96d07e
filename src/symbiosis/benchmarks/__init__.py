"""Benchmarks: figures of this project on sets that can be exchanged."""
