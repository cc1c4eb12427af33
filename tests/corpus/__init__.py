"""Recordings that are hostile or odd, made here, each with its exact outcome."""
