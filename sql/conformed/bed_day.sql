/*
table: bed_day
title: Bed days by ward
grain: one ward on one day
reports: [reportal_ward_beds]
maps: [map_ward]
conserves: {rows: ward_code, available_beds: available_beds}
definition: >
  Beds open and staffed overnight, closed, and occupied at midnight (AVB of the metric catalogue, after
  KH03).
columns:
  bed_date: [date, the day]
  ward_code: [varchar, the ward]
  service: [varchar, service of the ward]
  bed_type: [varchar, bed type of the ward]
  locality: [varchar, locality of the ward, or unmapped]
  available_beds: [integer, beds open and staffed overnight]
  closed_beds: [integer, beds closed]
  occupied_at_midnight: [integer, beds occupied at midnight]
*/
select
    bed.bed_date,
    bed.ward_code,
    ward.service,
    ward.bed_type,
    coalesce(ward.locality, 'unmapped') as locality,
    bed.available_beds,
    bed.closed_beds,
    bed.occupied_at_midnight,
    case when ward.ward_code is null then bed.ward_code end as _map_ward,
    bed._file,
    bed._sheet,
    bed._row
from staged.reportal_ward_beds as bed
left join map.map_ward as ward
    on
        norm(bed.ward_code) = ward.ward_code
        and bed.bed_date between ward.valid_from and ward.valid_to
