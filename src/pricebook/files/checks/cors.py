"""Whether browsers may send files from the site's pages to the bucket (CORS)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from pricebook.files.bucket import Bucket
from pricebook.files.checks.bench import Bench
from pricebook.files.checks.exchange import Answer
from pricebook.files.checks.results import GUIDE, Failed
from pricebook.files.checks.writing import sample

_BYTES: Final = 1_000
# What pages send with a file; a browser asks for them in small letters and in order.
_HEADERS: Final = ("content-type", "if-none-match", "x-amz-checksum-crc32")
_REMEMBER_SECONDS: Final = 3600


def check_cors(bench: Bench, bucket: Bucket, origins: Sequence[str]) -> str:
    """Ask as a browser does before it sends a file, then send one, for each of the origins."""
    problems = [f"{origin}: {said}" for origin in origins if (said := _problem(bench, origin))]
    if problems:
        sentence = f"Pages cannot send files to the bucket. {' '.join(problems)}"
        raise Failed(sentence, cors_advice(bucket, origins))
    return f"Pages of {' and '.join(origins)} may send files to the bucket."


def cors_advice(bucket: Bucket, origins: Sequence[str]) -> str:
    """Return the rule to set, in the forms of AWS's command and of R2's dashboard."""
    rules = [
        {
            "AllowedOrigins": list(origins),
            "AllowedMethods": ["PUT"],
            "AllowedHeaders": list(_HEADERS),
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": _REMEMBER_SECONDS,
        }
    ]
    endpoint = f" --endpoint-url {bucket.endpoint_url}" if bucket.endpoint_url else ""
    command = (
        f"aws s3api put-bucket-cors --bucket {bucket.name}{endpoint}"
        ' --cors-configuration "$(cat cors.json)"'
    )
    return (
        "Cloudflare R2: the bucket, Settings, CORS Policy, JSON:\n"
        f"{json.dumps(rules, indent=2)}\n"
        f"AWS S3, Ceph: write this to cors.json, then run `{command}`:\n"
        f"{json.dumps({'CORSRules': rules}, indent=2)}\n"
        f"MinIO, Swift: it is a setting of the server, see {GUIDE}."
    )


def _problem(bench: Bench, origin: str) -> str:
    """Return what a page of this origin would run into, "" when nothing."""
    body = sample(_BYTES)
    signed = bench.sign(body).signed
    if origin.startswith("https:") and signed.url.startswith("http:"):
        return "a browser sends nothing from a page with HTTPS to storage without."
    question = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": ",".join(_HEADERS),
    }
    said = _preflight_problem(bench.send("OPTIONS", signed.url, headers=question), origin)
    if said:
        return said
    answer = bench.put(signed, body, {"Origin": origin})
    if not answer.is_ok:
        return f"the PUT itself is refused ({answer.summary})."
    if not _allows(answer.headers, origin):
        return "the answer to the PUT itself has no Access-Control-Allow-Origin."
    return ""


def _preflight_problem(answer: Answer, origin: str) -> str:
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return f"the browser's question (OPTIONS) is refused ({answer.summary})."
    if not _allows(answer.headers, origin):
        return "the answer to the browser's question has no Access-Control-Allow-Origin for it."
    if "put" not in _listed(answer.headers, "Access-Control-Allow-Methods", "put"):
        return "Access-Control-Allow-Methods is without PUT."
    allowed = _listed(answer.headers, "Access-Control-Allow-Headers", *_HEADERS)
    missing = [name for name in _HEADERS if name not in allowed]
    if missing:
        return f"Access-Control-Allow-Headers is without {', '.join(missing)}."
    return ""


def _allows(headers: Mapping[str, str], origin: str) -> bool:
    return headers.get("Access-Control-Allow-Origin") in (origin, "*")


def _listed(headers: Mapping[str, str], name: str, *everything: str) -> set[str]:
    """Return the words of a header in small letters; * stands for all of them."""
    words = {word.strip().lower() for word in headers.get(name, "").split(",")}
    return words | set(everything) if "*" in words else words
