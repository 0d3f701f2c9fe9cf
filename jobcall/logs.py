"""Keeps credentials in query parameters out of what httpx logs: a line for each request, its URL in it."""

from __future__ import annotations

import logging

import httpx

from jobcall.secrets import tells

VEIL = "hidden"


class _Veil(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                veiled(each) if isinstance(each, httpx.URL) else each for each in record.args
            )
        return True


def veiled(url: httpx.URL) -> httpx.URL:
    """The URL without the values of parameters whose names tell that they are secret."""
    secret = {name: VEIL for name in url.params if tells(name)}
    return url.copy_merge_params(secret) if secret else url


def veil() -> None:
    """Have httpx log no credential from now on; once is enough."""
    log = logging.getLogger("httpx")
    if not any(isinstance(each, _Veil) for each in log.filters):
        log.addFilter(_Veil())
