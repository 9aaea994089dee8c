"""Readers of file formats: each turns a byte stream into numbered rows of cells."""
