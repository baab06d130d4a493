/*
table: establishment
title: Establishment by position
grain: one position on one snapshot date in one locality it is shared to
reports: [esr_establishment]
maps: [map_esr_organisation, map_cost_centre, map_staff_group]
conserves: {rows: position_number, budgeted_fte: budgeted_fte, contracted_fte: contracted_fte}
definition: >
  Budgeted and contracted FTE of every position at month end, as ESR position control holds them. The
  funded establishment of the metric catalogue (WTEe) is the ledger's, in ledger_line; this table is its
  comparison.
columns:
  snapshot_date: [date, the last day of the month]
  position_number: [varchar, the number alone, without title and codes]
  cost_centre: [varchar, six digits]
  service: [varchar, service of the cost centre]
  locality: [varchar, locality of the cost centre, or unmapped]
  share: [double, "part of the position in this locality, 0 to 1"]
  staff_group: [varchar, staff group id]
  budgeted_fte: [double, budgeted FTE times share]
  contracted_fte: [double, contracted FTE times share]
*/
with post as (
    select
        position.*,
        coalesce(position.cost_centre, organisation.cost_centre) as found_cost_centre
    from staged.esr_establishment as position
    left join map.map_esr_organisation as organisation
        on
            norm(position.organisation) = organisation.organisation
            and position.snapshot_date between organisation.valid_from and organisation.valid_to
)

select
    post.snapshot_date,
    trim(split_part(post.position_number, '|', 1)) as position_number,
    post.found_cost_centre as cost_centre,
    place.service,
    coalesce(place.locality, 'unmapped') as locality,
    coalesce(place.split_percent, 100) / 100 as share,
    staff_group.staff_group,
    post.budgeted_fte * coalesce(place.split_percent, 100) / 100 as budgeted_fte,
    post.contracted_fte * coalesce(place.split_percent, 100) / 100 as contracted_fte,
    case when post.found_cost_centre is null then post.organisation end as _map_esr_organisation,
    case when place.cost_centre is null then post.found_cost_centre end as _map_cost_centre,
    case when staff_group.staff_group is null then post.staff_group end as _map_staff_group,
    post._file,
    post._sheet,
    post._row
from post
left join map.map_cost_centre as place
    on
        norm(post.found_cost_centre) = place.cost_centre
        and post.snapshot_date between place.valid_from and place.valid_to
left join map.map_staff_group as staff_group
    on
        norm(post.staff_group) = staff_group.staff_group_text
        and post.snapshot_date between staff_group.valid_from and staff_group.valid_to
