"""The signature, against Amazon's own worked example."""

from types import SimpleNamespace

import pytest

from crowd.storage.presign import presign

# Amazon S3 API reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", the example
EXAMPLE = SimpleNamespace(
    access_key="AKIAIOSFODNN7EXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token=None
)
MIDNIGHT_24_MAY_2013 = 1369353600


def signed(**changes) -> str:
    arguments = {
        "credentials": EXAMPLE,
        "region": "us-east-1",
        "at": MIDNIGHT_24_MAY_2013,
        "expires_in": 86400,
        "parameters": {},
    }
    return presign("https://examplebucket.s3.amazonaws.com/test.txt", **(arguments | changes))


def test_amazons_worked_example_comes_out():
    assert signed() == (
        "https://examplebucket.s3.amazonaws.com/test.txt"
        "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def test_botocore_signs_the_same_with_parameters_and_a_token(monkeypatch):
    import datetime

    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    moment = datetime.datetime.fromtimestamp(MIDNIGHT_24_MAY_2013, datetime.UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    parameters = {
        "response-content-type": "image/png",
        "response-content-disposition": 'attachment; filename="a b.png"',
    }
    credentials = Credentials(EXAMPLE.access_key, EXAMPLE.secret_key, "a+token/=")
    request = AWSRequest("GET", "https://examplebucket.s3.amazonaws.com/test.txt", params=parameters)
    botocore.auth.S3SigV4QueryAuth(credentials, "s3", "us-east-1", 86400).add_auth(request)

    ours = signed(parameters=parameters, credentials=credentials.get_frozen_credentials())

    assert set(ours.partition("?")[2].split("&")) == set(request.url.partition("?")[2].split("&"))


@pytest.mark.parametrize("seconds", [0, 604801])
def test_a_lifetime_that_s3_does_not_know_is_refused(seconds):
    with pytest.raises(ValueError, match="1 to 604800 seconds"):
        signed(expires_in=seconds)
