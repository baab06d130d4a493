/*
table: ward_stay
title: Ward stays
grain: one ward stay; its hospital provider spell repeats on each
reports: [reportal_ward_stays]
maps: [map_ward, map_bed_type]
conserves: {rows: ward_stay_id}
definition: >
  Ward stays and the hospital provider spells they make up (ADM, DIS, OBDi and LOSd of the metric
  catalogue, after MHSDS hospital provider spell and ward stay). Locality, service and bed type are the
  ward's on the day the stay began; the bed type that RePortal prints is only compared with it, and
  differences are counted.
columns:
  spell_id: [varchar, the hospital provider spell]
  ward_stay_id: [varchar, the ward stay]
  patient_id: [varchar, keyed hash of the patient's local id]
  ward_code: [varchar, the ward]
  service: [varchar, service of the ward]
  bed_type: [varchar, bed type of the ward]
  locality: [varchar, locality of the ward, or unmapped]
  admission_at: [timestamp, start of the spell]
  ward_start_at: [timestamp, start of the ward stay]
  ward_end_at: [timestamp, end of the ward stay; nothing while it lasts]
  discharge_at: [timestamp, end of the spell; nothing while it lasts]
  admission_method: [varchar, national code]
  source_of_admission: [varchar, national code]
  discharge_method: [varchar, national code]
  discharge_destination: [varchar, national code]
  crfd_start: [date, clinically ready for discharge from]
  crfd_end: [date, clinically ready for discharge to]
  crfd_reason: [varchar, reason for the delay, as recorded]
  legal_status_code: [varchar, legal status on admission; the register in detention is preferred]
  out_of_area: [boolean, an out of area placement]
  age: [integer, years at admission]
*/
select
    stay.spell_id,
    stay.ward_stay_id,
    stay.patient_id,
    stay.ward_code,
    ward.service,
    ward.bed_type,
    coalesce(ward.locality, 'unmapped') as locality,
    stay.admission_at,
    stay.ward_start_at,
    stay.ward_end_at,
    stay.discharge_at,
    stay.admission_method,
    stay.source_of_admission,
    stay.discharge_method,
    stay.discharge_destination,
    stay.crfd_start,
    stay.crfd_end,
    stay.crfd_reason,
    stay.legal_status_code,
    coalesce(stay.out_of_area, false) as out_of_area,
    stay.age,
    case when ward.ward_code is null then stay.ward_code end as _map_ward,
    case when class.bed_type is null then stay.bed_type_code end as _map_bed_type,
    case
        when class.bed_type <> ward.bed_type then stay.ward_code || ' | ' || stay.bed_type_code
    end as _differs_bed_type,
    stay._file,
    stay._sheet,
    stay._row
from staged.reportal_ward_stays as stay
left join map.map_ward as ward
    on
        norm(stay.ward_code) = ward.ward_code
        and cast(stay.ward_start_at as date) between ward.valid_from and ward.valid_to
left join map.map_bed_type as class
    on
        norm(stay.bed_type_code) = class.class_code
        and cast(stay.ward_start_at as date) between class.valid_from and class.valid_to
