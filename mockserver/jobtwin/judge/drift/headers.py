"""Response headers that are not part of a vendor's API, in groups with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_GROUPS: Mapping[str, str] = {
    "HTTP itself, whatever is served (RFC 9110, 9111, 9112)": """
        accept-ranges age allow cache-control connection content-encoding content-language
        content-length content-location content-range content-type date etag expires keep-alive
        last-modified location pragma proxy-authenticate proxy-authorization retry-after server te
        trailer transfer-encoding upgrade vary via warning www-authenticate
    """,
    "instructions for browsers": """
        alt-svc clear-site-data content-disposition content-security-policy
        content-security-policy-report-only cross-origin-embedder-policy cross-origin-opener-policy
        cross-origin-resource-policy expect-ct feature-policy link nel origin-agent-cluster p3p
        permissions-policy priority public-key-pins referrer-policy refresh report-to
        reporting-endpoints server-timing set-cookie strict-transport-security
        timing-allow-origin x-content-type-options x-dns-prefetch-control x-download-options
        x-frame-options x-permitted-cross-domain-policies x-robots-tag x-ua-compatible
        x-xss-protection
    """,
    "tracing: identifies a request across systems": """
        b3 baggage correlation-id request-id traceparent tracestate x-amzn-requestid
        x-amzn-trace-id x-cloud-trace-context x-correlation-id x-datadog-trace-id x-request-id
        x-runtime x-trace-id
    """,
    "caches, proxies and gateways in between": """
        cdn-cache-control cf-cache-status cf-ray fly-request-id ratelimit-policy
        surrogate-control x-backend x-cache x-cache-hits x-powered-by x-proxy-cache
        x-response-time x-served-by x-timer x-upstream x-varnish
    """,
    "the reply to a preference (RFC 7240), which any API may send": "preference-applied",
}

_PREFIXES = {
    "access-control-": "CORS: what scripts of other sites may see",
    "cf-": "a content delivery network's",
    "sec-": "a browser's own",
    "x-akamai-": "a content delivery network's",
    "x-amz-": "a cloud's gateway",
    "x-amzn-": "a cloud's gateway",
    "x-azure-": "a cloud's gateway",
    "x-b3-": "tracing",
    "x-envoy-": "a proxy's",
    "x-fastly-": "a content delivery network's",
    "x-kong-": "a gateway's",
    "x-nf-": "a host's",
    "x-vercel-": "a host's",
}
"""Prefixes of such names, with the reason."""

ORDINARY = frozenset(name for group in _GROUPS.values() for name in group.split())


def api_headers(names: Iterable[str]) -> list[str]:
    """Returns the headers that may be part of the API, in their spelling."""
    beginnings = tuple(_PREFIXES)
    return [
        name
        for name in names
        if name.lower() not in ORDINARY and not name.lower().startswith(beginnings)
    ]
