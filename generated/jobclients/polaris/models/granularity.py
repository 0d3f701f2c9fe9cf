# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class Granularity(OpenStrEnum):
    ALL = "all"
    DAY = "day"
    EIGHT_HOUR = "eight_hour"
    FIFTEEN_MINUTE = "fifteen_minute"
    FIVE_MINUTE = "five_minute"
    HOUR = "hour"
    MINUTE = "minute"
    MONTH = "month"
    QUARTER = "quarter"
    SECOND = "second"
    SIX_HOUR = "six_hour"
    TEN_MINUTE = "ten_minute"
    THIRTY_MINUTE = "thirty_minute"
    YEAR = "year"
