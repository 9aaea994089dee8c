"""The SKUs of rejected rows: such a product stands in the file, so it is not missing from it."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final, Self

from pricebook.catalogue.keys import sku_keys
from pricebook.feed.records import MAX_SKU

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from pricebook.feed.records import Rejection

_BLOCK: Final = 10_000


class RejectedKeys:
    """Collect the keys, on disk: there may be as many as the file has rows."""

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

    def add(self, rejections: Iterable[Rejection]) -> None:
        """Take down the SKUs that can be read in rejected rows."""
        skus = [
            row.sku for row in rejections if 0 < len(row.sku) <= MAX_SKU and row.sku.isprintable()
        ]
        if skus:
            self._file.writelines(f"{key}\n" for key in sku_keys(skus))

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
