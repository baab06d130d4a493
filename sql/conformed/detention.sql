/*
table: detention
title: Legal status periods
grain: one period of one legal status of one patient
reports: [mha_legal_status]
maps: [map_legal_status, map_ward_alias, map_ward]
conserves: {rows: period_id}
definition: >
  The Mental Health Act register (MHA% of the metric catalogue): every period of a legal status,
  informal, holding and place of safety included. The section as typed becomes a national legal status
  code, and whether it is a detention and short term, through map_legal_status. A blank end is open,
  though the section may have expired.
columns:
  period_id: [varchar, the period]
  patient_id: [varchar, keyed hash of the patient's local id]
  status_code: [varchar, mental health act legal status classification code]
  is_detained: [boolean, the status is a detention]
  is_short_term: [boolean, a holding power or a place of safety]
  start_at: [timestamp, start of the period]
  end_at: [timestamp, end of the period; nothing while it lasts]
  expiry_at: [timestamp, when the section expires unless renewed]
  start_reason: [varchar, as recorded]
  end_reason: [varchar, as recorded]
  ward_code: [varchar, ward at the start]
  locality: [varchar, locality of the ward, or unmapped]
*/
select
    period.period_id,
    period.patient_id,
    status.status_code,
    coalesce(status.is_detained, false) as is_detained,
    coalesce(status.is_short_term, false) as is_short_term,
    period.start_at,
    period.end_at,
    period.expiry_at,
    period.start_reason,
    period.end_reason,
    alias.ward_code,
    coalesce(ward.locality, 'unmapped') as locality,
    case when status.status_code is null then period.section end as _map_legal_status,
    case when ward.locality is null then coalesce(period.ward_at_start, '(blank)') end as _map_ward_alias,
    period._file,
    period._sheet,
    period._row
from staged.mha_legal_status as period
left join map.map_legal_status as status
    on
        norm(period.section) = status.section_text
        and cast(period.start_at as date) between status.valid_from and status.valid_to
left join map.map_ward_alias as alias
    on
        norm(period.ward_at_start) = alias.alias
        and cast(period.start_at as date) between alias.valid_from and alias.valid_to
left join map.map_ward as ward
    on
        norm(alias.ward_code) = ward.ward_code
        and cast(period.start_at as date) between ward.valid_from and ward.valid_to
