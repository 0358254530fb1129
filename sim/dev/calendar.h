/* The proleptic Gregorian calendar in UTC without leap seconds, for a real-time clock. */
#ifndef SIM_DEV_CALENDAR_H
#define SIM_DEV_CALENDAR_H

#include <stdint.h>

struct calendar {
    unsigned second, minute, hour;
    unsigned day, month; /* from 1 */
    unsigned year;       /* such as 2024 */
    unsigned weekday;    /* 1 Sunday .. 7 Saturday */
};

/* Seconds since 1970-01-01 00:00:00 to a date (up to the year 9999 and beyond). */
struct calendar calendar_from_seconds(uint64_t seconds);

/* The other way; fields out of range carry over (month 13 is January); before 1970 gives 0. The
 * weekday is ignored. */
uint64_t calendar_to_seconds(const struct calendar *date);

#endif
