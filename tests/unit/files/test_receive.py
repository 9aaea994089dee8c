"""How a sender's file name is shown."""

from __future__ import annotations

import pytest

from pricebook.files.receive import shown_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("products.csv", "products.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\r\nSet-Cookie: x.csv", "aSet-Cookie: x.csv"),
        ("nul\x00.csv", "nul.csv"),
        ("", "unnamed"),
        ("folder/", "unnamed"),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
    ],
)
def test_a_name_loses_its_folders_and_control_characters(sent: str, shown: str) -> None:
    assert shown_name(sent) == shown
