"""`check_storage`: what it finds right, what it finds wrong and says to change, its exit codes."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.core.management import CommandError, call_command
from pytest_django import Settings

from pricebook.files.bucket import Bucket
from pricebook.files.check import site_origins
from pricebook.files.gate import StorageGate
from tests.integration.config.watch import eventually
from tests.integration.storage.conftest import ORIGIN
from tests.servers.swift import REGION, SwiftServer

ELSEWHERE = "https://prices.example.com"
REFUSALS = {
    "refuses-changed-signature",
    "refuses-anonymous-write",
    "refuses-anonymous-read",
    "refuses-other-size",
    "refuses-other-type",
    "refuses-other-bytes",
    "refuses-replay",
    "refuses-expired",
}
STORE = {"upload", "read", "multipart", "clear", *REFUSALS}

Checks = dict[str, dict[str, str]]


@pytest.fixture
def ours(swift: SwiftServer, bucket: str, settings: Settings) -> Bucket:
    """Return the bucket of this test, which is the configured one."""
    found = Bucket(bucket, swift.access_key, swift.secret_key, swift.endpoint_url, REGION)
    settings.BUCKET = found
    return found


def run(*words: str) -> tuple[int, str]:
    """Return the exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("check_storage", *words, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def run_json(*words: str) -> tuple[int, Checks]:
    """Return the exit code and the checks by name."""
    code, text = run("--json", *words)
    said: dict[str, Any] = json.loads(text)
    assert said["passed"] is (code == 0)
    checks = said["checks"]
    found = {each["check"]: each for each in checks}
    assert len(found) == len(checks)
    return code, found


def by_outcome(checks: Checks, outcome: str) -> set[str]:
    return {name for name, each in checks.items() if each["outcome"] == outcome}


def what_is_left(swift: SwiftServer, bucket: str) -> list[object]:
    client = swift.client()
    return [
        *client.list_objects_v2(Bucket=bucket).get("Contents", []),
        *client.list_multipart_uploads(Bucket=bucket).get("Uploads", []),
    ]


class TestBucket:
    def test_all_is_well_and_nothing_stays(self, swift: SwiftServer, ours: Bucket) -> None:
        code, text = run("--origin", ORIGIN)
        assert code == 0, text
        lines = text.splitlines()
        assert lines[-1] == "All is well."
        assert lines[0] == f"Storage: the bucket {ours.name} at {swift.endpoint_url}"
        assert [line[0] for line in lines[1:-1]] == ["✓"] * 16 + ["–"]
        assert f"✓ The access key opens the bucket {ours.name}." in lines
        assert f"✓ Pages of {ORIGIN} may send files to the bucket." in lines
        assert ours.secret_access_key not in text
        assert what_is_left(swift, ours.name) == []

    def test_a_page_of_another_origin_needs_a_rule_which_is_given(
        self, swift: SwiftServer, ours: Bucket
    ) -> None:
        code, checks = run_json("--origin", ORIGIN, "--origin", f"{ELSEWHERE}/")
        assert (code, by_outcome(checks, "failed")) == (1, {"cors"})
        assert by_outcome(checks, "passed") == {"address", "bucket", "range", *STORE}
        assert by_outcome(checks, "skipped") == {"lifecycle"}
        sentence, change = checks["cors"]["sentence"], checks["cors"]["change"]
        assert f"{ELSEWHERE}: a browser sends nothing from a page with HTTPS" in sentence
        assert ORIGIN not in sentence
        assert f"aws s3api put-bucket-cors --bucket {ours.name} --endpoint-url" in change
        rule = {
            "AllowedOrigins": [ORIGIN, ELSEWHERE],
            "AllowedMethods": ["PUT"],
            "AllowedHeaders": ["content-type", "if-none-match", "x-amz-checksum-crc32"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
        decoder = json.JSONDecoder()
        assert decoder.raw_decode(change, change.index("[\n"))[0] == [rule]
        assert decoder.raw_decode(change, change.index("{\n  "))[0] == rule
        aws = change.index('{\n  "CORSRules"')
        assert decoder.raw_decode(change, aws)[0] == {"CORSRules": [rule]}

    def test_a_storage_without_allowed_origins_refuses_the_browsers_question(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        with SwiftServer(tmp_path) as server:
            server.create_bucket("closed")
            settings.BUCKET = Bucket(
                "closed", server.access_key, server.secret_key, server.endpoint_url, REGION
            )
            code, text = run("--origin", ORIGIN)
        assert code == 1
        assert text.endswith("1 check failed.\n")
        assert f"✗ Pages cannot send files to the bucket. {ORIGIN}: the browser's question" in text
        assert '          "PUT"\n' in text

    @pytest.mark.parametrize(
        ("change", "check", "sentence", "advice"),
        [
            (
                {"secret_access_key": "not-the-secret"},
                "bucket",
                "The access key and the secret do not belong together (403 SignatureDoesNotMatch).",
                "Correct S3_SECRET_ACCESS_KEY (or R2_SECRET_ACCESS_KEY) or the access key.",
            ),
            (
                {"name": "no-such-bucket"},
                "bucket",
                "There is no bucket no-such-bucket here (404 NoSuchBucket).",
                "Create it, or correct S3_BUCKET_NAME (or R2_BUCKET_NAME).",
            ),
            (
                {"region": "x"},
                "bucket",
                "The region x is not that of the bucket (400 AuthorizationQueryParametersError).",
                "Set S3_REGION (or R2_REGION) to us-east-1.",
            ),
            (
                {"endpoint_url": "http://storage.example:9000"},
                "address",
                "There is no machine of the name storage.example:9000.",
                "Set S3_ENDPOINT_URL (or R2_ENDPOINT_URL) to the address of the storage.",
            ),
        ],
    )
    def test_without_a_way_in_it_says_why_and_skips_the_rest(
        self,
        ours: Bucket,
        settings: Settings,
        change: dict[str, str],
        check: str,
        sentence: str,
        advice: str,
    ) -> None:
        settings.BUCKET = replace(ours, **change)
        code, checks = run_json()
        assert (code, by_outcome(checks, "failed")) == (1, {check})
        assert checks[check]["sentence"] == sentence
        assert checks[check]["change"] == advice
        assert by_outcome(checks, "skipped") == {"rest"}
        assert ours.secret_access_key not in str(checks)

    def test_nobody_listens(self, ours: Bucket, settings: Settings) -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{bound.getsockname()[1]}"
            settings.BUCKET = replace(ours, endpoint_url=f"http://{address}")
            code, checks = run_json()
        assert (code, by_outcome(checks, "failed")) == (1, {"address"})
        assert checks["address"]["sentence"] == f"Nobody listens at {address}."

    def test_a_storage_without_tls_is_told(
        self, swift: SwiftServer, ours: Bucket, settings: Settings
    ) -> None:
        secure = swift.endpoint_url.replace("http:", "https:")
        settings.BUCKET = replace(ours, endpoint_url=secure)
        code, checks = run_json()
        assert (code, by_outcome(checks, "failed")) == (1, {"address"})
        assert checks["address"]["sentence"].startswith("No TLS with 127.0.0.1:")


class YesMan(BaseHTTPRequestHandler):
    """An S3 that takes whatever comes."""

    date = ""
    # What a signed request gets.
    status, body, region = 200, b"", "us-east-1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        is_signed = "?" in self.path
        self.send_response_only(self.status if is_signed else 200)
        self.send_header("Date", self.date or self.date_time_string())
        self.send_header("Content-Length", str(len(self.body) if is_signed else 0))
        self.send_header("x-amz-bucket-region", self.region)
        self.end_headers()
        self.wfile.write(self.body if is_signed else b"")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = answer  # noqa: N815


@pytest.fixture
def yes_man(settings: Settings) -> Iterator[Bucket]:
    """Return the configured bucket of a storage that enforces nothing."""
    with ThreadingHTTPServer(("127.0.0.1", 0), YesMan) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found = Bucket("any", "key", "the-secret", f"http://127.0.0.1:{server.server_port}")
        settings.BUCKET = found
        yield found
        server.shutdown()
        thread.join()


def test_a_storage_that_enforces_nothing_is_named_a_danger(yes_man: Bucket) -> None:
    code, checks = run_json("--origin", ORIGIN)
    assert code == 1
    failed = by_outcome(checks, "failed")
    assert failed == {"read", "range", "multipart", "cors", *REFUSALS}
    assert checks["refuses-changed-signature"]["sentence"] == (
        "An address whose signature was changed is taken:"
        " signatures are not checked, and anybody can write what he likes."
    )
    assert checks["refuses-anonymous-read"]["sentence"] == (
        "A GET without a signature is taken: anybody who learns a key can read the file."
    )
    assert checks["refuses-expired"]["sentence"] == (
        "An address that has expired is taken: addresses that leak can be used for ever."
    )
    for name in REFUSALS:
        assert checks[name]["change"].startswith("Do not use this storage as it is set up now")
    assert "the-secret" not in str(checks)


@pytest.mark.parametrize(
    ("status", "code", "sentence", "change"),
    [
        (403, "InvalidAccessKeyId", "does not know the access key", "Correct S3_ACCESS_KEY_ID"),
        (401, "Unauthorized", "does not know the access key", "Correct S3_ACCESS_KEY_ID"),
        (403, "AccessDenied", "may not list the bucket any", "give the key the rights"),
        (301, "PermanentRedirect", "The region us-east-1 is not", "to eu-west-3."),
        (404, "", "There is no bucket any here (404).", "Create it"),
        (501, "NotImplemented", "is answered with 501 NotImplemented.", "is that of an S3 API"),
    ],
)
def test_each_refusal_has_a_sentence_of_its_own(
    yes_man: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: str,
    sentence: str,
    change: str,
) -> None:
    monkeypatch.setattr(YesMan, "status", status)
    monkeypatch.setattr(YesMan, "region", "eu-west-3")
    monkeypatch.setattr(YesMan, "body", f"<Error><Code>{code}</Code></Error>".encode())
    exit_code, checks = run_json()
    assert (exit_code, by_outcome(checks, "failed")) == (1, {"bucket"})
    assert sentence in checks["bucket"]["sentence"]
    assert change in checks["bucket"]["change"]


def test_a_clock_that_is_wrong_is_told_first(
    yes_man: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(YesMan, "date", "Thu, 01 Jan 2099 00:00:00 GMT")
    code, checks = run_json()
    assert (code, by_outcome(checks, "failed")) == (1, {"address"})
    assert checks["address"]["sentence"].endswith(" s behind storage's.")


class TestFolder:
    @pytest.fixture(autouse=True)
    def local(self, tmp_path: Path, settings: Settings) -> None:
        settings.BUCKET, settings.FILES_ROOT = None, tmp_path
        settings.IMPORT_MAX_BYTES = 1

    @pytest.fixture
    def site(self, settings: Settings) -> Iterator[None]:
        """Serve the signed addresses of the local storage."""

        async def behind(_scope: Any, _receive: Any, _send: Any) -> None:
            raise AssertionError

        config = uvicorn.Config(StorageGate(behind), lifespan="off", ws="none", log_level="error")
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            assert eventually(lambda: server.started)
            settings.HOST, settings.PORT = "0.0.0.0", listener.getsockname()[1]
            yield
            server.should_exit = True
            thread.join()

    def test_the_site_takes_what_is_signed_and_nothing_else(
        self, site: None, tmp_path: Path
    ) -> None:
        code, checks = run_json()
        assert by_outcome(checks, "passed") == {"folder", "space", "site", *STORE}
        assert (code, len(checks)) == (0, len(STORE) + 3)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_a_site_that_does_not_run_is_no_failure(self, settings: Settings) -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            settings.HOST, settings.PORT = bound.getsockname()
            code, text = run()
        assert code == 0
        assert f"– Not tried: the site does not run at http://127.0.0.1:{settings.PORT}." in text

    def test_another_program_at_the_site_s_port_is_told(
        self, yes_man: Bucket, settings: Settings
    ) -> None:
        assert yes_man.endpoint_url
        settings.BUCKET, settings.HOST = None, "127.0.0.1"
        settings.PORT = int(yes_man.endpoint_url.rpartition(":")[2])
        code, checks = run_json()
        assert (code, by_outcome(checks, "failed")) == (1, {"site"})
        assert checks["site"]["sentence"].endswith("does not take files (200).")

    def test_too_little_room_is_told(self, settings: Settings) -> None:
        settings.IMPORT_MAX_BYTES, settings.PORT = 10**18, 1
        code, checks = run_json()
        assert (code, by_outcome(checks, "failed")) == (1, {"space"})
        assert checks["space"]["change"] == "Make room, or set PRICEBOOK_IMPORT_MAX_BYTES lower."

    def test_a_folder_that_cannot_be_written_to_is_told(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        (tmp_path / "incoming").write_text("not a folder")
        settings.PORT = 1
        code, checks = run_json()
        assert (code, by_outcome(checks, "failed")) == (1, {"folder"})
        assert checks["folder"]["sentence"] == (
            f"The folder {tmp_path} cannot be written to: File exists."
        )


@pytest.mark.parametrize(
    "text", ["prices.example.com", "https://a.example/path", "ftp://a.example"]
)
def test_an_origin_is_a_scheme_and_a_host(text: str) -> None:
    with pytest.raises(CommandError, match="is not an origin such as https://"):
        run("--origin", text)


@pytest.mark.parametrize(
    ("hosts", "https", "port", "origins"),
    [
        (
            ["localhost", "127.0.0.1", "[::1]"],
            False,
            8000,
            ["http://127.0.0.1:8000", "http://localhost:8000"],
        ),
        (["prices.example.com"], True, 8000, ["https://prices.example.com"]),
        (
            [".example.com", "localhost"],
            True,
            8000,
            ["https://example.com", "http://localhost:8000"],
        ),
        (["prices.example"], False, 8000, ["http://prices.example:8000"]),
        (["prices.example"], False, 80, ["http://prices.example"]),
        (["*"], True, 8000, ["http://127.0.0.1:8000"]),
    ],
)
def test_the_origins_are_those_of_the_settings(
    settings: Settings, hosts: list[str], https: bool, port: int, origins: list[str]
) -> None:
    settings.ALLOWED_HOSTS, settings.HTTPS, settings.PORT = hosts, https, port
    assert site_origins() == origins
