/*
 * Days to dates and back (calendar.h). A year is counted from March, so that the leap day is its
 * last and the lengths of months before any day follow one formula; 400 years have 146,097 days.
 */
#include "dev/calendar.h"

#define DAY                86400u
#define DAYS_400_YEARS     146097u
#define EPOCH_FROM_MARCH_0 719468u /* days from 0000-03-01 to 1970-01-01 */

struct calendar calendar_from_seconds(uint64_t seconds)
{
    uint64_t days = seconds / DAY + EPOCH_FROM_MARCH_0;
    unsigned rest = (unsigned)(seconds % DAY);
    uint64_t era = days / DAYS_400_YEARS;
    unsigned day_of_era = (unsigned)(days % DAYS_400_YEARS);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned march_month = (5 * day_of_year + 2) / 153;
    struct calendar c = {
        .second = rest % 60,
        .minute = rest / 60 % 60,
        .hour = rest / 3600,
        .day = day_of_year - (153 * march_month + 2) / 5 + 1,
        .month = march_month < 10 ? march_month + 3 : march_month - 9,
        .weekday = (unsigned)((seconds / DAY + 4) % 7) + 1, /* 1970-01-01 was a Thursday */
    };
    c.year = (unsigned)(era * 400) + year_of_era + (c.month <= 2);
    return c;
}

uint64_t calendar_to_seconds(const struct calendar *date)
{
    uint64_t months = (uint64_t)date->year * 12 + date->month + 9; /* since March of the year -1 */
    if (months < 12)
        return 0;
    uint64_t year = months / 12 - 1;
    unsigned march_month = (unsigned)(months % 12);
    uint64_t era = year / 400, year_of_era = year % 400;
    uint64_t day_of_year = (153 * march_month + 2) / 5;
    uint64_t day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
    uint64_t days = era * DAYS_400_YEARS + day_of_era + date->day;
    if (days < EPOCH_FROM_MARCH_0 + 1)
        return 0;
    days -= EPOCH_FROM_MARCH_0 + 1;
    return days * DAY + date->hour * 3600u + date->minute * 60u + date->second;
}
