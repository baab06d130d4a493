"""Invented extracts of a whole trust, for the demo, the tests and the benchmark. Nothing here reads real data."""

from synth.invent import generate

__all__ = ["generate"]
