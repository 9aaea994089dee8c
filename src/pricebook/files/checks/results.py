"""What a check of the storage found, and how a check says that it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pricebook.files.checks.exchange import Unreachable
from pricebook.files.contract import NoSuchMultipart, StorageUnavailable

GUIDE: Final = "docs/guides/storage.md"
AFTER_FAILURE: Final = "Not tried: everything else needs what has just failed."
_ADVICE: Final = f"Compare the rights of the access key, and the storage itself, with {GUIDE}."


class Outcome(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """One check: a sentence that says what was found and, when it failed, what to change."""

    check: str
    outcome: Outcome
    sentence: str
    change: str = ""


class Failed(Exception):
    """A check failed; the text says how, `change` what to do about it."""

    def __init__(self, sentence: str, change: str) -> None:
        super().__init__(sentence)
        self.change = change


def run(name: str, check: Callable[[], str]) -> Result:
    """Run a check that returns a sentence or raises Failed."""
    try:
        return Result(name, Outcome.PASSED, check())
    except Failed as failure:
        return Result(name, Outcome.FAILED, str(failure), failure.change)
    except Unreachable as error:
        change = "Look for what stands between this machine and storage: a firewall, a proxy."
        return Result(name, Outcome.FAILED, str(error), change)
    except StorageUnavailable as error:
        return Result(name, Outcome.FAILED, str(error), _ADVICE)
    except (NoSuchMultipart, OSError, KeyError) as error:
        # KeyError: the answer was without something that S3 always says.
        sentence = f"Storage fails here ({type(error).__name__}: {error})."
        return Result(name, Outcome.FAILED, sentence, _ADVICE)


def skipped(name: str, sentence: str) -> Result:
    """Return the result of a check that was not made."""
    return Result(name, Outcome.SKIPPED, sentence)


def variable(name: str) -> str:
    """Return the names of a variable of the bucket, as a person looks for them in `.env`."""
    return f"S3_{name} (or R2_{name})"
