"""The two roots of the errors that work in the background can end with."""

from __future__ import annotations


class TransientError(Exception):
    """It failed for now: the same work, tried again, can succeed."""


class PermanentError(Exception):
    """It failed for good: trying again gives the same answer. Its text is a sentence for people."""
