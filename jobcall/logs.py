"""Masks secret query parameters in httpx's log, which contains the URL of each request."""

from __future__ import annotations

import logging

import httpx

from jobcall.secrets import mask_url


class _Masking(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                mask_url(str(each)) if isinstance(each, httpx.URL) else each for each in record.args
            )
        return True


def mask_logs() -> None:
    """Masks secrets in httpx's log. Calling it again has no effect."""
    log = logging.getLogger("httpx")
    if not any(isinstance(each, _Masking) for each in log.filters):
        log.addFilter(_Masking())
