"""Files as tests read them."""

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.errors import FeedError
from pricebook.feed.records import ProductRecord
from tests.unit.feed.product_samples import (
    opened,
    read,
)


def refusal(data: str, choices: Choices) -> FeedError:
    with pytest.raises(FeedError) as caught:
        opened(data, choices=choices)
    return caught.value


def records_of(text: str, choices: Choices) -> list[ProductRecord]:
    contents = read(text, choices=choices)
    assert contents.rejections == []
    return contents.records
