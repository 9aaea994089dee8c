"""What is committed names public hosts only, and no path of the machine on which it was made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
REGISTRIES = {"pypi.org", "files.pythonhosted.org", "registry.npmjs.org"}
# What documents and vendored files may point at; none of these is fetched from.
MENTIONED = {
    # Private addresses that tests of webhooks send nothing to.
    "10.0.0.1",
    "10.1.2.3",
    "127.0.0.1",
    # The guide's placeholders for the endpoints of Cloudflare R2.
    "ACCOUNT_ID.eu.r2.cloudflarestorage.com",
    "ACCOUNT_ID.r2.cloudflarestorage.com",
    "localhost",
    # The namespace of Google Merchant's fields: a name, not an address.
    "base.google.com",
    "getbootstrap.com",
    # The vocabulary of items that scrapers send: names, not addresses.
    "schema.org",
    # What real files say of stores and products.
    "a.test",
    "www.coles.com.au",
    "www.ritchies.com.au",
    "github.com",
    "html.spec.whatwg.org",
    "popper.js.org",
    "schemas.openxmlformats.org",
    "www.apache.org",
    "www.rfc-editor.org",
    "www.standardwebhooks.com",
    "www.w3.org",
}
# Tests that give the product addresses which it has to refuse.
REFUSED = {
    "tests/abuse/test_webhook_hosts.py",
    "tests/integration/web/test_webhook_list.py",
    "tests/unit/core/test_url_guard.py",
}
# Names and addresses that are reserved for documentation (RFC 2606, RFC 5737, RFC 3849).
EXAMPLES = re.compile(
    r"(?:.+\.)?example(?:\.com|\.org|\.net)?|.+\.invalid|testserver|host|shop\.test"
    r"|192\.0\.2\.\d+|\[2001:db8::1\]"
)
# A full stop after the slashes ends a sentence about URLs.
_HOST = re.compile(r"https?://(?:[^@/\s\"'`]*@)?(\[[^\]]+\]|(?!\.)[^/:\s\"'`)>,;{}$%?\\]+)")
_FILE_URL = re.compile(r"file:" + r"//")


def committed_texts() -> list[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("This is no git checkout, so nothing tells which files are committed.")
    texts = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in path.read_bytes()[:8000]:
            texts.append((name, path.read_text(errors="replace")))
    return texts


def is_lock_or_manifest(name: str) -> bool:
    return Path(name).name in {
        "uv.lock",
        "pyproject.toml",
        "uv.toml",
        "package.json",
        "package-lock.json",
        ".npmrc",
    }


def test_lock_files_and_manifests_fetch_from_the_public_registries_only() -> None:
    hosts = {
        (name, host)
        for name, text in committed_texts()
        if is_lock_or_manifest(name)
        for host in _HOST.findall(text)
    }
    assert {found for found in hosts if found[1] not in REGISTRIES} == set()
    assert ("uv.lock", "pypi.org") in hosts


def test_other_files_name_no_host_that_is_not_known_here() -> None:
    strange = {
        (name, host)
        for name, text in committed_texts()
        if not is_lock_or_manifest(name) and name not in REFUSED
        for host in _HOST.findall(text)
        if host not in REGISTRIES | MENTIONED and not EXAMPLES.fullmatch(host)
    }
    assert strange == set()


def test_no_file_url_is_committed() -> None:
    naming = {name for name, text in committed_texts() if _FILE_URL.search(text)}
    assert naming <= REFUSED


def test_no_committed_file_names_the_folder_of_this_checkout() -> None:
    folder = f"{ROOT}/"
    if len(folder) < 6:
        pytest.skip("The checkout's path is too short to be told from other text.")
    assert [name for name, text in committed_texts() if folder in text] == []
