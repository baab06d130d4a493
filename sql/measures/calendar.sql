/*
measure: calendar
title: Days of the month
grain: one month
definition: The days of each month (PER), to divide bed days by.
provenance: false
columns:
  month: [date, first day of the month]
  days: [bigint, days in the month]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
select
    month,
    cast(days as bigint) as days,
    cast(null as varchar) as excluded
from ref.month
