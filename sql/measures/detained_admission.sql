/*
measure: detained_admission
title: Admissions under the Mental Health Act
grain: one hospital provider spell that starts in the month
tables: [ward_stay, detention, cto]
definition: >
  MHA%. Admissions, as the measure admission has them, of which those count that were detained on admission:
  the register holds a detention of the patient that began by the day after admission and had not ended
  before it, expiry standing for a missing end. One admission counts once, however many sections cover it.
  The holding powers and places of safety (sections 4, 5(2), 5(4), 135 and 136) are not detention, and one
  who was held under section 4 or 5 after coming in was detained after admission, not on it. A section
  suspended by a community treatment order detains again only on recall, or when the order ends, by the day
  after admission. A transfer in under section is an admission under the Act, though no new detention.
columns:
  month: [date, first day of the month]
  locality: [varchar, the first ward's locality]
  service: [varchar, the first ward's service]
  bed_type: [varchar, the first ward's bed type]
  spell_id: [varchar, hospital provider spell]
  admission_date: [date, day of admission]
  admission_method: [varchar, national code]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with first_stay as (
    select
        *,
        cast(admission_at as date) as admission_date
    from conformed.ward_stay
    qualify row_number() over (partition by spell_id order by ward_start_at, ward_stay_id) = 1
),

spell as (
    select
        first_stay.*,
        period.month
    from first_stay
    inner join ref.month as period on first_stay.admission_date between period.first_day and period.last_day
),

detained as (
    select distinct spell.spell_id
    from spell
    inner join conformed.detention as detention
        on
            spell.patient_id = detention.patient_id
            and cast(detention.start_at as date) <= spell.admission_date + 1
            and cast(coalesce(detention.end_at, detention.expiry_at, 'infinity') as date)
            >= spell.admission_date
    where
        detention.is_detained
        and not detention.is_short_term
        and not exists (
            select 1
            from conformed.detention as holding
            where
                holding.patient_id = spell.patient_id
                and holding.status_code in ('04', '05', '06')
                and cast(holding.start_at as date) >= spell.admission_date
                and holding.start_at <= detention.start_at
        )
        and not exists (
            select 1
            from conformed.cto as cto
            where
                cto.patient_id = spell.patient_id
                and cto.start_date >= cast(detention.start_at as date)
                and cto.start_date < spell.admission_date
                and coalesce(cast(cto.recall_at as date), cto.end_date, 'infinity') > spell.admission_date + 1
        )
)

select
    spell.month,
    spell.locality,
    spell.service,
    spell.bed_type,
    spell.spell_id,
    spell.admission_date,
    spell.admission_method,
    case when detained.spell_id is null then 'not detained on admission' end as excluded,
    spell._file,
    spell._sheet,
    spell._row
from spell
left join detained on spell.spell_id = detained.spell_id
