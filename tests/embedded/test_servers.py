"""The servers that the tests themselves stand on."""

import urllib.error
import urllib.request

import boto3
import pytest
import redis
from botocore.config import Config
from botocore.exceptions import ClientError
from django.db import connection

from tests.servers import S3


@pytest.mark.django_db
def test_the_database_is_postgresql_entered_by_its_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('server_version_num')::int >= 150000")
        assert cursor.fetchone() == ("crowd", True)


def test_the_broker_keeps_what_it_is_given(broker_url):
    with redis.Redis.from_url(broker_url) as client:
        client.set("word", "value")
        assert client.get("word") == b"value"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_the_broker_knows_nobody_without_the_password(broker_url):
    address = broker_url.partition("@")[2]
    with redis.Redis.from_url(f"redis://{address}") as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def _client(s3: S3, secret: str):
    return boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}),
    )


def test_the_object_store_gives_back_what_it_was_given(s3):
    client = _client(s3, s3.secret_key)
    bucket = s3.bucket("kept")
    client.put_object(Bucket=bucket, Key="a/b", Body=b"bytes")
    assert client.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"bytes"
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a/b"}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"bytes"


def test_the_object_store_checks_signatures(s3):
    bucket = s3.bucket("kept")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        _client(s3, "0" * 40).list_objects_v2(Bucket=bucket)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{s3.endpoint_url}/{bucket}/a/b")
