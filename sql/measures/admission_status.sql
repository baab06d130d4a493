/*
measure: admission_status
title: Legal status on admission, as RePortal has it
grain: one hospital provider spell that starts in the month
tables: [ward_stay]
definition: >
  A control on MHA%, and in no tool. Admissions as the measure admission has them, each with the legal status
  that RePortal's ward stay gives on admission. Detained are the national codes of sections 2 and 3 and of
  Part III; informal, the holding powers and places of safety (sections 4, 5(2), 5(4), 135 and 136), and
  guardianship are not.
columns:
  month: [date, first day of the month]
  locality: [varchar, the first ward's locality]
  service: [varchar, the first ward's service]
  bed_type: [varchar, the first ward's bed type]
  spell_id: [varchar, hospital provider spell]
  is_detained: [boolean, detained on admission]
  excluded: [varchar, blank as every row is counted]
*/
with first_stay as (
    select *
    from conformed.ward_stay
    qualify row_number() over (partition by spell_id order by ward_start_at, ward_stay_id) = 1
)

select
    period.month,
    first_stay.locality,
    first_stay.service,
    first_stay.bed_type,
    first_stay.spell_id,
    coalesce(first_stay.legal_status_code, '') in (
        '02', '03', '07', '08', '09', '10', '12', '13', '14', '15', '16', '17', '18', '31', '32', '34'
    ) as is_detained,
    cast(null as varchar) as excluded,
    first_stay._file,
    first_stay._sheet,
    first_stay._row
from first_stay
inner join ref.month as period
    on cast(first_stay.admission_at as date) between period.first_day and period.last_day
