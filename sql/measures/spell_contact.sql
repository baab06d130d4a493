/*
measure: spell_contact
title: First and second contacts
grain: the first or the second attended contact of one spell of referrals, in the month
tables: [contact, referral_spell]
definition: >
  WAIT1 and WAIT2: whole days from the clock start of a spell of referrals to its first and its second
  contact. The contacts are those of the measure contact (attended, with the patient, by a medium that
  counts), recorded against any referral of the spell, on or after the day of the clock start. Records of
  the same minute are one contact, counted to the team of the first by contact id and activity source.
columns:
  month: [date, first day of the month]
  locality: [varchar, the locality of the team that saw the patient]
  service: [varchar, the service of the team that saw the patient]
  team_type: [varchar, MHSDS or CSDS team type]
  spell_id: [varchar, the spell]
  patient_id: [varchar, keyed hash of the patient's local id]
  ordinal: [bigint, 1 for the first contact and 2 for the second]
  contact_at: [timestamp, start of the contact]
  wait_days: [bigint, days from the clock start to the contact]
  excluded: [varchar, "why it is not counted, blank when counted"]
*/
with attended as (
    select
        spell.spell_id,
        spell.clock_start_at,
        date_trunc('minute', contact.contact_at) as contact_minute,
        contact.*
    from conformed.contact as contact
    inner join conformed.referral_spell as spell
        on
            contact.referral_id = spell.referral_id
            and contact.contact_at >= cast(spell.clock_start_at as date)
    where
        contact.outcome in ('5', '6')
        and coalesce(lower(trim(contact.contact_with)), 'patient') = 'patient'
        and contact.medium <> 'other'
),

attended_minute as (
    select distinct
        spell_id,
        contact_minute
    from attended
),

-- Of millions of contacts only the first two minutes of each spell are wanted: narrow rows are put in order,
-- and only what is left is looked up whole.
turn as (
    select
        spell_id,
        contact_minute,
        row_number() over (partition by spell_id order by contact_minute) as ordinal
    from attended_minute
    qualify ordinal <= 2
)

select
    period.month,
    attended.locality,
    attended.service,
    attended.team_type,
    attended.spell_id,
    attended.patient_id,
    turn.ordinal,
    attended.contact_at,
    cast(attended.contact_at as date) - cast(attended.clock_start_at as date) as wait_days,
    cast(null as varchar) as excluded,
    attended._file,
    attended._sheet,
    attended._row
from turn
inner join ref.month as period on date_trunc('month', turn.contact_minute) = period.month
inner join attended
    on turn.spell_id = attended.spell_id and turn.contact_minute = attended.contact_minute
qualify
    row_number() over (
        partition by attended.spell_id, attended.contact_minute
        order by attended.contact_id, attended.activity_source
    ) = 1
