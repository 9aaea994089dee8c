"""Every target by its name: what is fed, and the files that it begins with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from tests.fuzz import seeds
from tests.fuzz.archives import read_archive
from tests.fuzz.choosing import read_as_chosen
from tests.fuzz.dialects import examine_text
from tests.fuzz.documents import read_document
from tests.fuzz.workbooks import read_workbook


class Target(NamedTuple):
    """Name what is fed with inputs, and the seeds that they are made of."""

    feed: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]


def _all_texts() -> list[bytes]:
    return [*seeds.texts(), *seeds.json_texts(), *seeds.xml_texts()]


TARGETS: Final[Mapping[str, Target]] = {
    "files": Target(read_document, _all_texts),
    "dialect": Target(examine_text, seeds.texts),
    "choices": Target(read_as_chosen, _all_texts),
    "archives": Target(read_archive, _all_texts),
    "workbooks": Target(read_workbook, seeds.workbooks),
    "xml": Target(read_document, seeds.xml_texts),
    "json": Target(read_document, seeds.json_texts),
}
