# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from enum import StrEnum


class StartableJobType(StrEnum):
    CLEAR_TILES = "clear-tiles"
    REFRESH_PUBLIC_CHARTS = "refresh-public-charts"
    VACUUM_ANALYZE = "vacuum-analyze"

    def __str__(self) -> str:
        return str(self.value)
