"""The variables of a bucket: S3_… for any storage with S3's API, R2_… for Cloudflare R2."""

from __future__ import annotations

from pathlib import Path

import pytest

from pricebook.config.env import ConfigurationError, load_environment
from pricebook.files.bucket import Bucket

NO_ROOT = Path("/nonexistent")
S3 = {
    "S3_BUCKET_NAME": "prices",
    "S3_ACCESS_KEY_ID": "key",
    "S3_SECRET_ACCESS_KEY": "very-secret",
}
R2 = {
    "R2_BUCKET_NAME": "prices",
    "R2_ACCESS_KEY_ID": "key",
    "R2_SECRET_ACCESS_KEY": "very-secret",
    "R2_ENDPOINT_URL": "https://account.r2.example",
}


def load(variables: dict[str, str]) -> Bucket | None:
    return load_environment(NO_ROOT, {"SECRET_KEY": "k", **variables}).bucket


def host(bucket: Bucket) -> str:
    return bucket.origin.removeprefix("https://")


def test_without_any_of_them_files_stay_on_this_machine() -> None:
    assert load({}) is None
    assert load(dict.fromkeys({**S3, **R2}, "")) is None


def test_aws_needs_no_endpoint() -> None:
    bucket = load({**S3, "S3_REGION": "eu-central-1"})
    assert bucket == Bucket("prices", "key", "very-secret", None, "eu-central-1")
    assert host(bucket) == "prices.s3.eu-central-1.amazonaws.com"
    dotted = load({**S3, "S3_BUCKET_NAME": "our.prices", "S3_REGION": "eu-central-1"})
    assert dotted
    assert host(dotted) == "s3.eu-central-1.amazonaws.com"


def test_the_region_is_aws_s_first_one_unless_it_is_set() -> None:
    bucket = load(S3)
    assert bucket
    assert bucket.region == "us-east-1"


def test_another_storage_has_an_endpoint() -> None:
    bucket = load({**S3, "S3_ENDPOINT_URL": "http://minio.example:9000/"})
    assert bucket
    assert (bucket.endpoint_url, bucket.origin) == ("http://minio.example:9000",) * 2


def test_r2_has_variables_and_a_region_of_its_own() -> None:
    bucket = load(R2)
    assert bucket == Bucket("prices", "key", "very-secret", R2["R2_ENDPOINT_URL"], "auto")
    other = load({**R2, "R2_REGION": "weur"})
    assert other
    assert other.region == "weur"


def test_the_secret_is_not_shown() -> None:
    assert "very-secret" not in repr(load(S3))


@pytest.mark.parametrize(
    ("given", "without", "missing"),
    [
        (S3, ["S3_BUCKET_NAME"], "S3_BUCKET_NAME"),
        (S3, ["S3_ACCESS_KEY_ID"], "S3_ACCESS_KEY_ID"),
        (
            S3,
            ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"],
            "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY",
        ),
        (R2, ["R2_ENDPOINT_URL"], "R2_ENDPOINT_URL"),
        (
            R2,
            ["R2_SECRET_ACCESS_KEY", "R2_ENDPOINT_URL"],
            "R2_SECRET_ACCESS_KEY and R2_ENDPOINT_URL",
        ),
        (R2, ["R2_BUCKET_NAME"], "R2_BUCKET_NAME"),
    ],
)
def test_half_of_them_is_none(given: dict[str, str], without: list[str], missing: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({name: value for name, value in given.items() if name not in without})
    assert str(caught.value) == f"For storage in a bucket, set {missing} too."


def test_an_endpoint_alone_is_not_enough() -> None:
    with pytest.raises(ConfigurationError, match="set S3_BUCKET_NAME and S3_ACCESS_KEY_ID and"):
        load({"S3_ENDPOINT_URL": "https://storage.example"})


def test_two_storages_are_one_too_many() -> None:
    with pytest.raises(ConfigurationError, match=r"S3_.* and .*R2_.* set: keep .* of one storage"):
        load({**S3, **R2})


@pytest.mark.parametrize("address", ["account.r2.example", "ftp://storage.example"])
def test_an_endpoint_is_an_address_of_the_web(address: str) -> None:
    sentence = "R2_ENDPOINT_URL must be the address of S3-compatible storage: it starts with http"
    with pytest.raises(ConfigurationError, match=sentence):
        load({**R2, "R2_ENDPOINT_URL": address})
