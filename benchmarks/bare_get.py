"""The floor of reading from a bucket: one GET of the object, its bytes thrown away."""

# ruff: noqa: E402 (Django's apps come before whatever uses them)
from __future__ import annotations

import sys
from pathlib import Path

import django

django.setup()

from django.conf import settings

from benchmarks.run import Counts, Run, measure
from pricebook.files.receive import receive_file
from pricebook.files.s3 import connect
from pricebook.files.storage import storage

_BLOCK = 1 << 20


def measure_get(path: Path) -> Run:
    """Bring the file into the bucket, and measure how long it takes to have it back."""
    with path.open("rb") as source:
        file = receive_file(source, name=path.name, actor=None)
    bucket = settings.BUCKET
    assert bucket is not None
    client = connect(bucket)

    def get() -> Counts:
        body = client.get_object(Bucket=bucket.name, Key=file.key)["Body"]
        while body.read(_BLOCK):
            pass
        return Counts(rows=0)

    client.head_object(Bucket=bucket.name, Key=file.key)
    run = measure(get)
    storage().delete(file.key)
    return run


if __name__ == "__main__":
    print(measure_get(Path(sys.argv[1])).to_json())
