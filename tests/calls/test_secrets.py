"""Secret names, and the masking of texts and URLs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobcall import secrets
from jobcall.secrets import MASK, is_secret, is_secret_name, mask_query, mask_text, mask_url

SECRET_NAMES = [
    "Authorization",
    "Proxy-Authorization",
    "X-API-Key",
    "apiKey",
    "apikey",
    "api_keys",
    "key",
    "accessToken",
    "access_token",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "Set-Cookie",
    "client_secret",
    "clientSecret",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "userPwd",
    "pass",
    "db.pass",
    "pin",
    "otp",
    "otp_code",
    "totp",
    "jwt",
    "bearer",
    "sig",
    "sas",
    "privateKey",
    "private_key",
    "PRIVATE_KEY",
    "connectionString",
    "connection_string",
    "accountKey",
    "AccountKey",
    "subscriptionKey",
    "Ocp-Apim-Subscription-Key",
    "SharedAccessSignature",
    "session_id",
    "JSESSIONID",
    "auth",
    "oauth_token",
    "tokens",
    "credentials",
    "refreshToken",
    "pinCode",
    "key1",
]

OTHER_NAMES = [
    "q",
    "id",
    "status",
    "state",
    "page",
    "passed",
    "passes",
    "pass_rate",
    "bypassed",
    "signal",
    "design",
    "assign",
    "signed",
    "pinned",
    "pins",
    "monkey",
    "keyword",
    "keyboard",
    "keys",
    "author",
    "authority",
    "secretary",
    "tokenizer",
    "token_type",
    "tokenType",
    "key_type",
    "expires_in",
    "session_count",
    "obsession",
    "Idempotency-Key",
    "idempotencyKey",
    "sortKey",
    "sort_key",
    "objectKey",
    "public_key",
    "compass",
    "sasquatch",
    "opinion",
    "conn",
    "7",
    "_",
    "desiredExecutionStatus",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_name__secret(name: str) -> None:
    """A secret name is recognized in every spelling."""
    assert is_secret_name(name)


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_name__other(name: str) -> None:
    """A name that only resembles a secret one is not secret."""
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("token", "a", True),
        ("pin", 1234, True),
        ("max_tokens", 512, False),
        ("max_tokens", "512", False),
        ("tokens", "abc", True),
        ("authenticated", True, False),
        ("token", None, False),
        ("token", "", False),
    ],
)
def test_value(name: str, value: object, *, secret: bool) -> None:
    """Counts, switches and empty values are not secret."""
    assert is_secret(name, value) is secret


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2 for you",
        "password: hunter2",
        "Authorization: Bearer hunter2hunter2",
        "tried bearer hunter2hunter2.",
        "Cookie: sid=hunter2; b=hunter2",
        '{"access_token": "hunter2\\"hunter2", "a": 1}',
        '{"access_token": "hunter2',
        r"{\"pwd\": \"hunter2 hunter2\"}",
        "pass='hunter2 hunter2'",
        "at https://me:hunter2@host/x",
        "at https://host/x?page=2&api_key=hunter2",
        "https://host/x?sv=1&sig=hunter2%3D",
        "AccountName=a;AccountKey=hunter2==;x=1",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
        "is eyJhbGciOiJIUzI1NiJ9.hunter2.hunter2",
    ],
)
def test_text__secret(text: str) -> None:
    """A secret is masked by its form or by the name before it; masking twice changes nothing."""
    masked = mask_text(text)

    assert "hunter2" not in masked
    assert MASK in masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer token required",
        "Basic authentication is not supported.",
        "Invalid token: expired",
        "Key: 'CreateJobRequest.Operation' Error:Field validation",
        '{"max_tokens": 512, "id": "0191104b-7e8e-7c31-a5d2-6b8f0e9c4a17"}',
        "ask https://host/a@b?q=1 at 12:00:01",
        "2 of 3 passed: signal=9",
    ],
)
def test_text__other(text: str) -> None:
    """Prose about secrets, and values that resemble one, are unchanged."""
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("a=1&token=x&token=y", "a=1&token=***&token=***"),
        ("to%6Ben=x", "to%6Ben=***"),
        ("Tenant=x&b=", "Tenant=***&b="),
        ("token&q=token", "token&q=token"),
        ("", ""),
    ],
)
def test_query(query: str, masked: str) -> None:
    """Only the values of secret parameters and of the listed ones are masked."""
    assert mask_query(query, also=("tenant",)) == masked


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@host/v1?q=1",
        "me:hunter2@host/v1",
        "https://me:hun/hunter2@host/v1",
        "https://host/v1?sig=hunter2#top",
    ],
)
def test_url(url: str) -> None:
    """A URL is masked even if it is malformed; its host is kept."""
    masked = mask_url(url)

    assert not re.search("hun|me:", masked)
    assert "host/v1" in masked


def test_url__plain() -> None:
    """A URL without a secret is unchanged."""
    url = "https://host/v1?q=1&a=b%20c#top"

    assert mask_url(url) == url


FRAGMENTS = (
    *(
        "authorization",
        "Set-Cookie",
        "x.cookie",
        "Basic",
        "bearer ",
        "token",
        "pass_word",
        "api-key",
    ),
    *(
        "eyJ0123456789",
        ".a.b",
        "-----BEGIN PRIVATE KEY-----",
        "https://",
        "user:pw@",
        "secret",
        "1",
    ),
    *(" ", ":", "=", '"', "\\", ".", "-", "\n", "0123456789abcdef"),
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join))
def test_mask_text__quick_test(text: str) -> None:
    """The quick test that rules out most texts rules out none in which something is masked."""
    masked = mask_text(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_SUSPECT", re.compile(""))
        assert mask_text(text) == masked


def test_is_secret_name__long() -> None:
    """A name that is too long for the cache is judged alike."""
    assert [is_secret_name("x" * n + "_password") for n in (0, 99, 200)] == [True] * 3
    assert not is_secret_name("x" * 200)
