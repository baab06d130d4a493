/*
measure: admission
title: Admissions
grain: one hospital provider spell that starts in the month
tables: [ward_stay]
definition: >
  ADM (MHSDS MHS27). A spell counts once, on its first ward stay, whose ward gives the bed type and
  locality; a move to another ward or a return from leave is no admission. Transfers in from another
  provider (admission methods 81 and 2B) start a spell here and count.
columns:
  month: [date, first day of the month]
  locality: [varchar, the first ward's locality]
  service: [varchar, the first ward's service]
  bed_type: [varchar, the first ward's bed type]
  spell_id: [varchar, hospital provider spell]
  admission_date: [date, day of admission]
  admission_method: [varchar, national code]
  legal_status_code: [varchar, "legal status on admission, as RePortal has it: national code"]
  age: [bigint, age on admission]
  excluded: [varchar, blank as every row is counted]
*/
with first_stay as (
    select
        *,
        cast(admission_at as date) as admission_date
    from conformed.ward_stay
    qualify row_number() over (partition by spell_id order by ward_start_at, ward_stay_id) = 1
)

select
    period.month,
    first_stay.locality,
    first_stay.service,
    first_stay.bed_type,
    first_stay.spell_id,
    first_stay.admission_date,
    first_stay.admission_method,
    first_stay.legal_status_code,
    cast(first_stay.age as bigint) as age,
    cast(null as varchar) as excluded,
    first_stay._file,
    first_stay._sheet,
    first_stay._row
from first_stay
inner join ref.month as period on first_stay.admission_date between period.first_day and period.last_day
