"""Measure the import against the least that PostgreSQL can do, and against Django's own way.

    uv run python -m benchmarks.imports              seconds, ratios and memory
    uv run python -m benchmarks.memory               memory at several file sizes

Everything runs on embedded servers in a folder of its own, which is removed at the end.
"""
