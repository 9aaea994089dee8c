"""Signed addresses lead to the origin that the pages' content policy allows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pricebook.files.bucket import Bucket
from pricebook.files.contract import Content
from pricebook.files.s3 import S3Storage


@pytest.mark.parametrize("name", ["prices", "our.prices"])
@pytest.mark.parametrize(
    ("endpoint_url", "region"),
    [
        (None, "us-east-1"),
        (None, "eu-central-1"),
        ("https://account.r2.example", "auto"),
        ("http://minio.example:9000", "us-east-1"),
    ],
)
def test_an_address_is_of_its_bucket_s_origin(
    name: str, endpoint_url: str | None, region: str
) -> None:
    bucket = Bucket(name, "key", "secret", endpoint_url, region)
    storage = S3Storage(bucket)
    whole = storage.sign_put("ab/file", Content(5, "text/csv"), timedelta(hours=1))
    part = storage.sign_part("ab/file", "id", 1, Content(5), timedelta(hours=1))
    assert whole.url.startswith(f"{bucket.origin}/")
    assert part.url.startswith(f"{bucket.origin}/")
