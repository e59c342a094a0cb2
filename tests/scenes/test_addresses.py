"""What of a web address is shown."""

from __future__ import annotations

import pytest

from deltascribe.scenes.addresses import is_address, shown, without_secrets


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("https://host/a/2024.tif?sig=SECRET&x=1", "https://host/a/2024.tif"),
        ("https://me:SECRET@host:8000/2024.tif", "https://host:8000/2024.tif"),
        ("https://me:SEC@RET@host/2024.tif?at=a@b#SECRET", "https://host/2024.tif"),
        ("https://host?sig=a/b@SECRET", "https://host"),
        ("https://host/a b.tif?sig=SECRET", "https://host/a b.tif"),
        ("s3://bucket/me@home/2024.tif?versionId=SECRET", "s3://bucket/me@home/2024.tif"),
        ("folder/what?.tif", "folder/what?.tif"),
        ("folder/me@home#1.tif", "folder/me@home#1.tif"),
    ],
)
def test_secrets_are_left_out(source: str, text: str) -> None:
    assert shown(source) == text
    assert is_address(source) == ("SECRET" in source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("/vsicurl/https://me:SECRET@host/2024.tif?sig=SECRET", "/vsicurl/..."),
        ("/vsicurl?url=https://host/2024.tif%3Ftoken=SECRET", "/vsicurl/..."),
        ("/vsicurl?url=https%3A%2F%2Fhost%2F2024.tif%3Ftoken=SECRET", "/vsicurl/..."),
        ("/vsis3/bucket/2024.tif", "/vsis3/..."),
    ],
)
def test_of_gdals_file_systems_the_name_alone_is_shown(source: str, text: str) -> None:
    assert shown(source) == text
    assert without_secrets(f"No such file: '{source}'", source) == f"No such file: '{text}'"


def test_a_message_is_cleaned_of_all_addresses() -> None:
    source = "https://me:SECRET@host/2024.tif?sig=SEC, RET"
    text = f"`/vsicurl/{source}' is not there. 2024.tif?sig=SEC, RET, band 1: moved to https://cdn/2024.tif?key=SECRET 'really?'"
    assert without_secrets(text, "folder/a.tif", source) == (
        "`/vsicurl/https://host/2024.tif' is not there. 2024.tif, band 1: moved to https://cdn/2024.tif 'really?'"
    )
