"""What is particular to S3."""

import socket
import uuid
from urllib.parse import urlsplit

import boto3
import pytest
from django.core.management import call_command

from crowd import storage
from crowd.storage.address import parse
from crowd.storage.s3 import S3Store

OCTETS = "application/octet-stream"


def altered(url: str, **options: str) -> S3Store:
    address = parse(url)
    return S3Store(type(address)(**{**vars(address), **options}))


def test_two_prefixes_of_one_bucket_do_not_see_each_other(s3_url):
    first, second = altered(s3_url, prefix="one/"), altered(s3_url, prefix="two/")

    first.put("key", b"first", content_type=OCTETS)

    assert not second.exists("key")
    assert list(second.keys()) == []
    assert list(first.keys("k")) == ["key"]


def test_the_bucket_keeps_the_content_type(s3_url):
    store = altered(s3_url)
    store.put("key", b"{}", content_type="application/json")

    address = store.address
    client = boto3.client(
        "s3",
        endpoint_url=address.endpoint_url,
        region_name=address.region,
        aws_access_key_id=address.access_key_id,
        aws_secret_access_key=address.secret_access_key,
    )
    head = client.head_object(Bucket=address.bucket, Key=f"{address.prefix}key")

    assert head["ContentType"] == "application/json"


def test_wrong_credentials_are_told_to_the_operator_without_the_secret(s3_url):
    store = altered(s3_url, secret_access_key="wrong-and-secret")

    with pytest.raises(storage.StorageError, match="refuses our credentials") as raised:
        store.put("key", b"", content_type=OCTETS)

    assert "wrong-and-secret" not in str(raised.value)


def test_a_bucket_that_is_not_there_is_told_to_the_operator(s3_url):
    store = altered(s3_url, bucket="there-is-no-such-bucket")

    with pytest.raises(storage.StorageError, match="There is no bucket there-is-no-such-bucket"):
        list(store.keys())


def test_a_bucket_is_made_once_and_what_it_keeps_stays(s3_url):
    store = altered(s3_url, bucket=f"made-{uuid.uuid4().hex}")

    assert store.make()
    store.put("key", b"kept", content_type=OCTETS)

    assert not store.make()
    assert store.read("key") == b"kept"


def test_the_command_makes_the_bucket_and_says_so(s3_url, settings, capsys):
    settings.STORAGE_URL = s3_url.replace("://storage/", f"://made-{uuid.uuid4().hex}/")

    call_command("make_bucket")
    call_command("make_bucket")

    assert capsys.readouterr().out == "made\nis there already\n"


def test_a_server_that_is_not_there_is_told_to_the_operator(s3_url):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        store = altered(s3_url, endpoint_url=f"http://127.0.0.1:{taken.getsockname()[1]}")

        with pytest.raises(storage.StorageError, match="does not answer"):
            store.read("key")


def test_a_machine_without_credentials_is_told_how_to_give_them(s3_url, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    store = altered(s3_url, access_key_id=None, secret_access_key=None)

    with pytest.raises(storage.StorageError, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        store.read("key")
    with pytest.raises(storage.StorageError, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        store.url("key", expires_in=60)


def test_an_object_replaced_while_it_is_read_is_never_mixed(s3_url):
    store = altered(s3_url)
    store.put("key", b"a" * 5_000_000, content_type=OCTETS)
    with store.open("key") as file:
        assert file.read(10) == b"a" * 10
        store.put("key", b"b" * 5_000_000, content_type=OCTETS)
        file.seek(4_000_000)

        with pytest.raises(storage.StorageError, match="PreconditionFailed"):
            file.read(10)


def test_addresses_name_the_server_as_browsers_reach_it(s3_url):
    url = altered(s3_url, public_endpoint_url="https://cdn.example").url("key", expires_in=60)

    assert urlsplit(url).netloc == "cdn.example"
