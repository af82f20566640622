"""What a storage URL says."""

from pathlib import Path

import pytest

from crowd.storage.address import AddressError, FileAddress, S3Address, browser_origin, parse


def test_a_file_url_names_a_folder():
    assert parse("file:///var/lib/with%20space") == FileAddress(Path("/var/lib/with space"))


def test_a_bucket_alone_is_amazons():
    assert parse("s3://bucket") == S3Address(bucket="bucket", prefix="", addressing="virtual")
    assert browser_origin("s3://bucket?region=eu-central-1") == "https://bucket.s3.eu-central-1.amazonaws.com"


def test_everything_can_be_said_in_the_url():
    url = (
        "s3://bucket/a/b/?endpoint_url=http://s3.internal:8333&public_endpoint_url=https://files.example"
        "&region=here&access_key_id=id&secret_access_key=a%2Bb"
    )

    assert parse(url) == S3Address(
        bucket="bucket",
        prefix="a/b/",
        endpoint_url="http://s3.internal:8333",
        public_endpoint_url="https://files.example",
        region="here",
        access_key_id="id",
        secret_access_key="a+b",
        addressing="path",
    )
    assert browser_origin(url) == "https://files.example"


def test_an_object_has_its_address_in_either_style():
    path = parse("s3://bucket/pre?endpoint_url=https://host:1/")
    virtual = parse("s3://bucket/pre?endpoint_url=https://host:1/&addressing=virtual")

    assert path.browser_url("a=b/c@d", region="x") == "https://host:1/bucket/pre/a%3Db/c%40d"
    assert virtual.browser_url("key", region="x") == "https://bucket.host:1/pre/key"


def test_files_come_from_our_own_site():
    assert browser_origin("file:///var/lib/crowd") is None


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "is file:///path or s3://"),
        ("/var/lib", "is file:///path or s3://"),
        ("ftp://host/x", "is file:///path or s3://"),
        ("file://host/path", "is written file:///absolute/path"),
        ("file:relative", "is written file:///absolute/path"),
        ("s3:///prefix", "is written s3://bucket/prefix"),
        ("s3://id:secret@bucket", "credentials go into its query"),
        ("s3://bucket?regoin=x", "has no option 'regoin'"),
        ("s3://bucket?endpoint_url=host:1", "begins with http:// or https://"),
        ("s3://bucket?addressing=both", "addressing is path or virtual"),
        ("s3://bucket?access_key_id=secret", "come together"),
    ],
)
def test_a_url_that_names_no_store_is_refused_with_what_one_looks_like(url, sentence):
    with pytest.raises(AddressError, match=sentence) as raised:
        parse(url)
    assert "secret@" not in str(raised.value)
