/*
table: referral_spell
title: Referral spells
grain: one referral, with the spell it belongs to
tables: [referral]
definition: >
  The run of one person's referrals that a wait is measured over (INTREF and WAIT1 of the metric
  catalogue). A referral passed to several teams is taken once, at its first receipt, and is closed when
  the last of its teams closed or rejected it. In order of receipt, an internal referral continues the
  person's spell when any earlier referral was still open on the day, or had closed no more than seven days
  before; every other referral begins a spell. The clock of every referral of a spell starts at the first.
columns:
  referral_id: [varchar, RePortal's own id of the referral]
  patient_id: [varchar, keyed hash of the patient's local id]
  spell_id: [varchar, id of the referral that began the spell]
  clock_start_at: [timestamp, when the referral that began the spell was received]
*/
with receipt as (
    select
        referral_id,
        patient_id,
        received_at,
        is_internal,
        max(coalesce(closed_date, rejected_date, 'infinity')) over (partition by referral_id) as closed_date,
        _file,
        _sheet,
        _row
    from conformed.referral
    qualify row_number() over (partition by referral_id order by received_at, team_id) = 1
),

reached as (
    select
        *,
        max(closed_date) over (
            partition by patient_id
            order by received_at, referral_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_closed_date
    from receipt
),

numbered as (
    select
        *,
        count_if(
            not is_internal
            or coalesce(earlier_closed_date, '-infinity') < cast(received_at as date) - 7
        ) over (
            partition by patient_id
            order by received_at, referral_id
            rows between unbounded preceding and current row
        ) as spell_number
    from reached
)

select
    referral_id,
    patient_id,
    first_value(referral_id) over spell as spell_id,
    first_value(received_at) over spell as clock_start_at,
    _file,
    _sheet,
    _row
from numbered
window spell as (partition by patient_id, spell_number order by received_at, referral_id)
