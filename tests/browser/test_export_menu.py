"""Taking the products away as a file in a real browser (B5)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect


def exported(page: Page, label: str) -> tuple[str, bytes]:
    """Take a file from the menu; return its name and what is in it."""
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=label).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.mark.usefixtures("some_products")
def test_the_file_holds_what_the_filters_of_the_moment_show(page: Page) -> None:
    page.goto("/products/")
    page.get_by_label("Search").fill("LIST-01")
    expect(page.locator("tbody tr")).to_have_count(10)
    page.wait_for_url("**search=LIST-01**")

    name, content = exported(page, "CSV")
    assert re.fullmatch(r"products-\d{4}-\d\d-\d\d\.csv", name)
    lines = content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [f"LIST-01{n}" for n in range(10)]

    name, content = exported(page, "Excel")
    assert name.endswith(".xlsx")
    assert content.startswith(b"PK")
