/*
table: leave
title: Leave from the ward
grain: one period of leave within a ward stay
reports: [reportal_leave]
conserves: {rows: leave_id}
definition: >
  Leave as recorded (LV of the metric catalogue): absence without leave, home leave, leave of absence
  under section 17, trial leave. Clipping to the stay and to the month is the measure's, and so is which
  types are deducted.
columns:
  leave_id: [varchar, the leave]
  ward_stay_id: [varchar, the ward stay it lies in]
  patient_id: [varchar, keyed hash of the patient's local id]
  leave_type: [varchar, "01 absence without leave, 02 home leave, 03 leave of absence, 04 trial leave"]
  start_at: [timestamp, actual start]
  end_at: [timestamp, actual end; nothing while it lasts]
*/
select
    leave_id,
    ward_stay_id,
    patient_id,
    leave_type,
    start_at,
    end_at,
    _file,
    _sheet,
    _row
from staged.reportal_leave
