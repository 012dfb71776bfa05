"""Times as records spell them, `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339, UTC, whole seconds), and as seconds since 1970.

By arithmetic on the calendar, since core has no clock and loads no module that has one. Leap seconds do not exist here,
as they do not in POSIX time.
"""

from __future__ import annotations

_SHAPE = "dddd-dd-ddTdd:dd:ddZ"
_DAYS_BEFORE_1970 = 719_162
_DAY = 86_400
#: Days of a year before each month.
_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def seconds_of(text: str) -> int | None:
    """The seconds since 1970 that a text spells, None if it spells no time from 1970 to 9999."""
    shape = "".join(["d" if "0" <= letter <= "9" else letter for letter in text])
    if shape != _SHAPE:
        return None
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    if year < 1970 or not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        return None
    first = _first_day(year, month)
    after = _first_day(year, month + 1) if month < 12 else _first_day(year + 1, 1)
    if not 1 <= day <= after - first:
        return None
    return (first + day - 1) * _DAY + hour * 3600 + minute * 60 + second


def instant_of(seconds: int) -> str:
    """The text that `seconds_of` reads back. seconds: since 1970, within the years to 9999."""
    days, rest = divmod(seconds, _DAY)
    year = 1970 + days // 366
    while _first_day(year + 1, 1) <= days:
        year += 1
    month = max(number for number in range(1, 13) if _first_day(year, number) <= days)
    day = days - _first_day(year, month) + 1
    hour, rest = divmod(rest, 3600)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{rest // 60:02}:{rest % 60:02}Z"


def _first_day(year: int, month: int) -> int:
    """Days from 1970 to the first of a month."""
    before = year - 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = before * 365 + before // 4 - before // 100 + before // 400 - _DAYS_BEFORE_1970
    return days + _BEFORE_MONTH[month - 1] + (leap and month > 2)
