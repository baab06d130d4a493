/*
measure: available_bed_day
title: Available bed days
grain: one ward on one day
tables: [bed_day]
definition: >
  AVB. Beds open and staffed overnight, as KH03 counts them: beds temporarily closed are not available and
  are kept beside. Mean beds is the day's beds divided by the days of the month, so that its sum over a
  month is the mean number of beds open, and a day with no return counts as no bed.
columns:
  month: [date, first day of the month]
  locality: [varchar, the ward's locality]
  service: [varchar, the ward's service]
  bed_type: [varchar, the ward's bed type]
  ward_code: [varchar, ward]
  bed_date: [date, day]
  beds: [bigint, beds open and staffed that night]
  mean_beds: [double, available beds divided by the days of the month]
  closed_beds: [bigint, "beds temporarily closed, not available"]
  excluded: [varchar, blank as every row is counted]
*/
select
    period.month,
    bed_day.locality,
    bed_day.service,
    bed_day.bed_type,
    bed_day.ward_code,
    bed_day.bed_date,
    cast(bed_day.available_beds as bigint) as beds,
    bed_day.available_beds / period.days as mean_beds,
    cast(bed_day.closed_beds as bigint) as closed_beds,
    cast(null as varchar) as excluded,
    bed_day._file,
    bed_day._sheet,
    bed_day._row
from conformed.bed_day as bed_day
inner join ref.month as period on bed_day.bed_date between period.first_day and period.last_day
