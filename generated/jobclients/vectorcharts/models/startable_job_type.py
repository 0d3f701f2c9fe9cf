# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class StartableJobType(OpenStrEnum):
    CLEAR_TILES = "clear-tiles"
    REFRESH_PUBLIC_CHARTS = "refresh-public-charts"
    VACUUM_ANALYZE = "vacuum-analyze"
