/*
table: contact
title: Contacts
grain: one contact with one patient, whatever its outcome
reports: [reportal_contacts]
maps: [map_team, map_attendance, map_contact_method]
conserves: {rows: contact_id}
by_file: true
definition: >
  Planned and unplanned contacts of every outcome and medium (CON, DNA and GRP of the metric catalogue,
  after the MHSDS care contact). Local status words become national attendance codes through
  map_attendance; nothing is left out here, so that a measure can say why it does not count a contact.
columns:
  contact_id: [varchar, RePortal's own id of the contact]
  activity_source: [varchar, "appointment, visit or contact event; ids are unique only within it"]
  referral_id: [varchar, the referral it belongs to, where recorded]
  patient_id: [varchar, keyed hash of the patient's local id]
  team_id: [varchar, the team]
  service: [varchar, service of the team]
  team_type: [varchar, MHSDS or CSDS team type]
  locality: [varchar, locality of the team, or unmapped]
  contact_at: [timestamp, start of the contact]
  outcome: [varchar, "attendance code 0 to 7, unoutcomed, excluded, or unmapped"]
  method_code: [varchar, MHSDS consultation mechanism]
  medium: [varchar, "face_to_face, telephone, video, talk_type or other"]
  contact_with: [varchar, "patient, carer or professional, as recorded"]
  consultation_type: [varchar, as recorded]
  duration_minutes: [integer, minutes]
  group_session_id: [varchar, the session, for group contacts]
  staff_id: [varchar, keyed hash of the member of staff]
*/
select
    contact.contact_id,
    contact.activity_source,
    contact.referral_id,
    contact.patient_id,
    contact.team_id,
    team.service,
    team.team_type,
    coalesce(team.locality, 'unmapped') as locality,
    contact.contact_at,
    coalesce(attendance.national_code, 'unmapped') as outcome,
    method.national_code as method_code,
    method.medium,
    contact.contact_with,
    contact.consultation_type,
    contact.duration_minutes,
    contact.group_session_id,
    contact.staff_id,
    case when team.team_id is null then contact.team_id end as _map_team,
    case when attendance.national_code is null then contact.attendance end as _map_attendance,
    case when method.national_code is null then contact.contact_method end as _map_contact_method,
    contact._file,
    contact._sheet,
    contact._row
from staged.reportal_contacts as contact
left join map.map_team as team
    on
        norm(contact.team_id) = team.team_id
        and cast(contact.contact_at as date) between team.valid_from and team.valid_to
left join map.map_attendance as attendance
    on
        norm(contact.attendance) = attendance.attendance
        and cast(contact.contact_at as date) between attendance.valid_from and attendance.valid_to
left join map.map_contact_method as method
    on
        norm(contact.contact_method) = method.contact_method
        and cast(contact.contact_at as date) between method.valid_from and method.valid_to
