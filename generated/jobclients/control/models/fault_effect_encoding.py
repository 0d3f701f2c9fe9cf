# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class FaultEffectEncoding(OpenStrEnum):
    BR = "br"
    DEFLATE = "deflate"
    GZIP = "gzip"
    LATIN_1 = "latin-1"
    UTF_16 = "utf-16"
    UTF_32 = "utf-32"
    ZSTD = "zstd"
