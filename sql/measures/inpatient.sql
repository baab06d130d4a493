/*
measure: inpatient
title: Inpatients at month end
grain: one ward stay open at midnight at the end of the month
tables: [ward_stay]
definition: >
  Census at midnight at the end of the month's last day: a stay that had started by that day and not ended
  on or before it. Length of stay (LOSc) is the days from the spell's admission to the census. Clinically
  ready for discharge: readiness began by the census and had not ended. People are counted distinct, as a
  patient can be listed on two wards.
columns:
  month: [date, first day of the month]
  locality: [varchar, the ward's locality]
  service: [varchar, the ward's service]
  bed_type: [varchar, the ward's bed type]
  ward_stay_id: [varchar, ward stay]
  patient_id: [varchar, keyed hash of the patient]
  stay_days: [bigint, days from admission to the census]
  is_clinically_ready: [boolean, clinically ready for discharge at the census]
  excluded: [varchar, blank as every row is counted]
*/
with census as (
    select
        ward_stay.*,
        period.month,
        period.last_day,
        period.last_day - cast(ward_stay.admission_at as date) as stay_days
    from conformed.ward_stay as ward_stay
    inner join ref.month as period
        on
            cast(ward_stay.ward_start_at as date) <= period.last_day
            and cast(coalesce(ward_stay.ward_end_at, ward_stay.discharge_at, 'infinity') as date)
            > period.last_day
)

select
    month,
    locality,
    service,
    bed_type,
    ward_stay_id,
    patient_id,
    stay_days,
    coalesce(crfd_start <= last_day and coalesce(crfd_end > last_day, true), false) as is_clinically_ready,
    cast(null as varchar) as excluded,
    _file,
    _sheet,
    _row
from census
