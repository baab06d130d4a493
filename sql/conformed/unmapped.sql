/*
table: unmapped
title: What maps nowhere
grain: one key that one mapping table lacks, for one conformed table
tables:
  - absence_day
  - bed_day
  - caseload
  - contact
  - cto
  - detention
  - establishment
  - incident
  - leaver
  - ledger_line
  - referral
  - restrictive_intervention
  - staff_in_post
  - ward_stay
definition: >
  The coverage report that gates a submission: rows, and pounds where the table holds money, that no
  mapping places. Keys are codes and words of the extracts, never persons.
provenance: false
columns:
  table_name: [varchar, the conformed table]
  map_name: [varchar, the mapping table that lacks the key]
  key_text: [varchar, "the key, as the extract has it"]
  rows: [bigint, rows of the conformed table]
  pounds: [double, "their money, where the table holds any"]
*/
with missing as (
    select * from unmapped.absence_day
    union all
    select * from unmapped.bed_day
    union all
    select * from unmapped.caseload
    union all
    select * from unmapped.contact
    union all
    select * from unmapped.cto
    union all
    select * from unmapped.detention
    union all
    select * from unmapped.establishment
    union all
    select * from unmapped.incident
    union all
    select * from unmapped.leaver
    union all
    select * from unmapped.ledger_line
    union all
    select * from unmapped.referral
    union all
    select * from unmapped.restrictive_intervention
    union all
    select * from unmapped.staff_in_post
    union all
    select * from unmapped.ward_stay
)

select
    table_name,
    map_name,
    key_text,
    rows,
    pounds
from missing
