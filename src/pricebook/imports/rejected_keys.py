"""The SKUs of rejected rows: such a product stands in the file, so it is not missing from it."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final, Self

from pricebook.catalogue.keys import sku_keys
from pricebook.feed.records import MAX_SKU

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from pricebook.feed.records import Rejection

_BLOCK: Final = 10_000
BROKEN_OFF: Final = "file_breaks_off"
"""The code of the place where a file ends too early."""
HARMLESS: Final = frozenset({"repeated_header", "key_incomplete"})
"""Codes of rows that describe no product: nothing is lost by leaving them out."""
# A row that was read whole and has no SKU is about none that the book knows.
_OF_NO_PRODUCT: Final = HARMLESS | {"sku_missing", BROKEN_OFF}


class RejectedKeys:
    """Collect the keys, on disk: there may be as many as the file has rows."""

    nameless: int = 0
    """Rows that cannot be read so far that they would say which product they are about."""

    def __init__(self) -> None:
        # Closed by `__exit__`; it has no name that anything could leave behind.
        self._file = TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, rejections: Sequence[Rejection]) -> None:
        """Take down the SKUs that can be read in rejected rows."""
        skus = [row.sku for row in rejections if _is_sku(row.sku)]
        if skus:
            self._file.writelines(f"{key}\n" for key in sku_keys(skus))
        nameless = (row for row in rejections if not row.sku)
        self.nameless += sum(row.problems[0].code not in _OF_NO_PRODUCT for row in nameless)

    def blocks(self) -> Iterator[list[str]]:
        """Yield the keys in blocks."""
        self._file.seek(0)
        block: list[str] = []
        for line in self._file:
            block.append(line[:-1])
            if len(block) == _BLOCK:
                yield block
                block = []
        if block:
            yield block


def _is_sku(text: str) -> bool:
    return 0 < len(text) <= MAX_SKU and text.isprintable()
