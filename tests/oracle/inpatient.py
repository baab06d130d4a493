"""Beds, spells and incidents, counted in pandas.

Here: MI-IP, MI-QS and MI-LD. Not here: community activity, staff and money.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import pandas as pd

from tests.oracle.counting import Figures, Grid, averages, figures, in_scope, looked_up, month_of
from tests.oracle.facts import Facts, clipped_days, norm

ONE = pd.Timedelta(days=1)
PHYSICAL = ["01", "07", "08", "09", "10", "11", "12", "13"]
HOLDING = ["04", "05", "06"]
ELSEWHERE = ["30", "48", "49", "50", "51", "52", "53", "79", "84", "87"]
ACUTE = ["adult_acute", "older_adult", "picu", "rehabilitation"]


def day(when: pd.Series) -> pd.Series:
    """The date of a time."""
    return when.dt.normalize()


def nights(start: pd.Series, end: pd.Series) -> pd.Series:
    """Every night of ``[start, end)`` as a list of dates."""
    return pd.Series(
        [
            list(pd.date_range(first, last - ONE)) if pd.notna(first) and pd.notna(last) and last > first else []
            for first, last in zip(start, end, strict=True)
        ],
        index=start.index,
        dtype=object,
    )


class Inpatient:
    """The inpatient half of the return.

    Args:
        facts: the facts.
        grid: months and localities asked for.
        attended: contacts delivered, as the community half counts them, before media are narrowed.
    """

    def __init__(self, facts: Facts, grid: Grid) -> None:
        self.facts = facts
        self.grid = grid

    @cached_property
    def stays(self) -> pd.DataFrame:
        """Ward stays of the services in scope; one without an end of its own ends with its spell."""
        rows = self.facts.ward_stays
        return in_scope(rows.assign(ward_end_at=rows["ward_end_at"].fillna(rows["discharge_at"])))

    @cached_property
    def bed_days(self) -> pd.DataFrame:
        """Days and leave days of each ward stay in each month."""
        leave = self.facts.leave
        leave = leave[leave["leave_type"].isin(["02", "03"])]
        parts = []
        for month in self.grid.months:
            after = month + pd.offsets.MonthBegin(1)
            stays = self.stays[(day(self.stays["ward_start_at"]) < after)]
            stays = stays.assign(
                month=month,
                first=day(stays["ward_start_at"]).clip(lower=month),
                last=day(stays["ward_end_at"]).fillna(after).clip(upper=after),
                days=clipped_days(stays["ward_start_at"], stays["ward_end_at"], month, after),
            )
            away = leave.merge(stays[["ward_stay_id", "first", "last"]], on="ward_stay_id")
            away["from"] = day(away["start_at"]).where(day(away["start_at"]) > away["first"], away["first"])
            until = day(away["end_at"]).fillna(away["last"])
            away["to"] = until.where(until < away["last"], away["last"])
            away["night"] = nights(away["from"], away["to"])
            taken = away[["ward_stay_id", "night"]].explode("night").dropna().drop_duplicates()
            stays["leave"] = looked_up(stays["ward_stay_id"], taken.groupby("ward_stay_id").size()).fillna(0)
            parts.append(stays)
        found = pd.concat(parts)
        return found.assign(less=found["days"] - found["leave"])

    @cached_property
    def admissions(self) -> pd.DataFrame:
        """One row a spell, on its first ward, with whether the patient was detained on admission."""
        rows = self.facts.ward_stays.sort_values(["ward_start_at", "ward_stay_id"]).drop_duplicates("spell_id")
        rows = in_scope(rows).assign(on=lambda frame: day(frame["admission_at"]))
        rows = rows.assign(month=month_of(rows["on"]))
        rows = rows[rows["month"].isin(self.grid.months)]
        return rows.assign(detained=rows["spell_id"].isin(self._detained(rows)))

    def _detained(self, spells: pd.DataFrame) -> set[str]:
        periods = self.facts.detentions
        sections = periods[periods["is_detained"] & ~periods["status_code"].isin(HOLDING)]
        pairs = spells[["spell_id", "patient_id", "on"]].merge(sections, on="patient_id")
        ends = day(pairs["end_at"].fillna(pairs["expiry_at"])).fillna(pd.Timestamp("2999-12-31"))
        pairs = pairs[(day(pairs["start_at"]) <= pairs["on"] + ONE) & (ends >= pairs["on"])]
        held = periods[periods["status_code"].isin(HOLDING)][["patient_id", "start_at"]]
        held = pairs[["spell_id", "period_id", "patient_id", "on", "start_at"]].merge(
            held, on="patient_id", suffixes=("", "_held")
        )
        held = held[(day(held["start_at_held"]) >= held["on"]) & (held["start_at_held"] <= held["start_at"])]
        orders = self.facts.ctos
        orders = pairs[["spell_id", "period_id", "patient_id", "on", "start_at"]].merge(orders, on="patient_id")
        revived = day(orders["recall_at"]).fillna(orders["end_date"]).fillna(pd.Timestamp("2999-12-31"))
        orders = orders[
            (orders["start_date"] >= day(orders["start_at"]))
            & (orders["start_date"] < orders["on"])
            & (revived > orders["on"] + ONE)
        ]
        out = pd.concat([held, orders])[["spell_id", "period_id"]].drop_duplicates().assign(out=True)
        pairs = pairs.merge(out, on=["spell_id", "period_id"], how="left")
        return set(pairs.loc[pairs["out"].isna(), "spell_id"])

    @cached_property
    def discharges(self) -> pd.DataFrame:
        """One row a spell that ended, on its last ward, with lengths of stay and readmission."""
        rows = self.facts.ward_stays
        whole = rows.groupby("spell_id").agg(began=("admission_at", "min"), ended=("discharge_at", "max"))
        last = rows.sort_values(["ward_start_at", "ward_stay_id"]).drop_duplicates("spell_id", keep="last")
        last = in_scope(last).merge(whole, on="spell_id")
        last = last[last["ended"].notna()].assign(on=lambda frame: day(frame["ended"]))
        last["los"] = (last["on"] - day(last["began"])).dt.days
        last["month"] = month_of(last["on"])
        return last

    @cached_property
    def closed(self) -> pd.DataFrame:
        """Discharges of the months asked for, with leave deducted and readmission decided."""
        rows = self.discharges[self.discharges["month"].isin(self.grid.months)]
        stays = self.facts.ward_stays[["spell_id", "ward_stay_id", "ward_start_at", "ward_end_at"]]
        away = self.facts.leave[self.facts.leave["leave_type"].isin(["02", "03"])]
        away = away.merge(stays, on="ward_stay_id").merge(rows[["spell_id", "on"]], on="spell_id")
        first = day(away["start_at"]).where(away["start_at"] > away["ward_start_at"], day(away["ward_start_at"]))
        until = day(away["end_at"]).fillna(away["on"])
        stay_end = day(away["ward_end_at"]).fillna(away["on"])
        away["night"] = nights(first, until.where(until < stay_end, stay_end))
        taken = away[["spell_id", "night"]].explode("night").dropna().drop_duplicates().groupby("spell_id").size()
        rows = rows.assign(los_less=rows["los"] - looked_up(rows["spell_id"], taken).fillna(0))
        again = self.facts.ward_stays[["patient_id", "admission_at", "admission_method"]].fillna(
            {"admission_method": ""}
        )
        emergency = again["admission_method"].str.startswith("2", na=False) & (again["admission_method"] != "2B")
        again = rows[["spell_id", "patient_id", "on"]].merge(again[emergency], on="patient_id")
        gap = (day(again["admission_at"]) - again["on"]).dt.days
        back = set(again.loc[gap.between(1, 30), "spell_id"])
        never = rows["discharge_method"].isin(["4", "5"]) | rows["discharge_destination"].isin(ELSEWHERE)
        return rows.assign(back=rows["spell_id"].isin(back) & ~never, could_be_back=~never)

    def items(self) -> Iterator[Figures]:
        """Every item."""
        yield from self._beds()
        yield from self._spells()
        yield from self._delays()
        yield self._follow_up()
        yield from self._incidents()
        yield from self._learning_disability()

    @cached_property
    def available(self) -> pd.Series:
        """Available bed days."""
        beds = in_scope(self.facts.beds)
        beds = beds.assign(month=month_of(beds["bed_date"]))
        return self.grid.cut(beds, "bed_type", "sum", "available_beds")

    def _beds(self) -> Iterator[Figures]:
        length = [month.days_in_month for month, _, _ in self.available.index]
        days = pd.Series(length, index=self.available.index, dtype=float)
        less = self.grid.cut(self.bed_days, "bed_type", "sum", "less")
        whole = self.grid.cut(self.bed_days, "bed_type", "sum", "days")
        yield figures("MI-IP-01", self.available, days)
        yield figures("MI-IP-02", self.available)
        yield figures("MI-IP-03", less)
        yield figures("MI-IP-04", whole)
        yield figures("MI-IP-05", less, self.available, 100)
        yield figures("MI-IP-06", whole, self.available, 100)

    def _spells(self) -> Iterator[Figures]:
        admitted = self.grid.cut(self.admissions, "bed_type", "nunique", "spell_id")
        detained = self.grid.cut(self.admissions[self.admissions["detained"]], "bed_type", "nunique", "spell_id")
        table = self.facts.populations.set_index(["locality", "age_group"])["population"]
        people = {place: float(table[place, "all"]) for place in self.facts.localities}
        people["trust"] = sum(people.values())
        of = pd.Series([people[place] for _, place, _ in admitted.index], index=admitted.index)
        mean_beds = self.available / [month.days_in_month for month, _, _ in admitted.index]
        yield figures("MI-IP-07", admitted)
        yield figures("MI-IP-08a", admitted, of, 100_000)
        yield figures("MI-IP-08b", admitted, mean_beds)
        yield figures("MI-IP-09a", detained)
        yield figures("MI-IP-09b", detained, admitted, 100)
        rows = self.closed
        count = self.grid.cut(rows, "bed_type", "nunique", "spell_id")
        yield figures("MI-IP-10", count)
        including = list(averages("MI-IP", self.grid, rows, "bed_type", "los"))
        excluding = list(averages("MI-IP", self.grid, rows, "bed_type", "los_less"))
        for number, which in (("11", 0), ("12", 1)):
            for letter, pair in (("a", including), ("b", excluding)):
                one = pair[which]
                yield Figures(f"MI-IP-{number}{letter}", one.numerator, one.denominator, one.value)
        for letters, length in (("ab", 60), ("cd", 90)):
            long = self.grid.cut(rows[rows["los"] >= length], "bed_type", "nunique", "spell_id")
            yield figures(f"MI-IP-13{letters[0]}", long)
            yield figures(f"MI-IP-13{letters[1]}", long, count, 100)
        back = self.grid.cut(rows[rows["back"]], "bed_type", "nunique", "spell_id")
        yield figures("MI-IP-16a", back)
        could = self.grid.cut(rows[rows["could_be_back"]], "bed_type", "nunique", "spell_id")
        yield figures("MI-IP-16b", back, could, 100)

    def _delays(self) -> Iterator[Figures]:
        stays = self.facts.ward_stays
        stays = stays[stays["crfd_start"].notna()].copy()
        end_of_all = max(self.grid.months) + pd.offsets.MonthBegin(1)
        begin = stays["crfd_start"] + ONE
        begin = begin.where(begin > day(stays["ward_start_at"]), day(stays["ward_start_at"]))
        stop = day(stays["ward_end_at"].fillna(stays["discharge_at"])).fillna(end_of_all)
        ready = stays["crfd_end"].fillna(end_of_all)
        stays["night"] = nights(begin, stop.where(stop < ready, ready))
        each = stays.explode("night").dropna(subset="night")
        each = each.sort_values(["ward_start_at", "ward_stay_id"]).drop_duplicates(
            ["patient_id", "night"], keep="last"
        )
        each["month"] = month_of(pd.to_datetime(each["night"]))
        delayed = self.grid.cut(in_scope(each), "bed_type", "size")
        yield figures("MI-IP-14a", delayed)
        yield figures("MI-IP-14b", delayed, self.grid.cut(self.bed_days, "bed_type", "sum", "days"), 100)
        waiting = pd.concat(
            self._present(month).pipe(
                lambda rows, month=month: rows[
                    (rows["crfd_start"] <= _end(month)) & ~(rows["crfd_end"] <= _end(month))
                ]
            )
            for month in self.grid.months
        )
        yield figures("MI-IP-15", self.grid.cut(waiting, "bed_type", "nunique", "patient_id"))

    def _present(self, month: pd.Timestamp) -> pd.DataFrame:
        stays = self.stays
        here = (day(stays["ward_start_at"]) <= _end(month)) & ~(
            day(stays["ward_end_at"].fillna(stays["discharge_at"])) <= _end(month)
        )
        return stays[here].assign(month=month)

    def _follow_up(self) -> Figures:
        rows = self.discharges.assign(month=month_of(self.discharges["on"] + 4 * ONE))
        rows = rows[
            rows["bed_type"].isin(ACUTE)
            & ~rows["discharge_method"].isin(["4", "5"])
            & ~rows["discharge_destination"].isin(["79", "37", "38"])
            & rows["month"].isin(self.grid.months)
        ]
        contacts = self.facts.contacts
        contacts = contacts[
            contacts["outcome"].isin(["5", "6"])
            & contacts["method_code"].isin(["01", "02", "03", "04", "11"])
            & (norm(contacts["contact_with"]).fillna("patient") == "patient")
            & ~contacts["service"].isin(["community_physical", "corporate"])
        ]
        admitted = self.facts.ward_stays.rename(columns={"admission_at": "seen"})
        seen = pd.concat(
            [
                contacts.rename(columns={"contact_at": "seen"})[["patient_id", "seen"]],
                admitted[["patient_id", "seen"]],
            ]
        )
        seen = rows[["spell_id", "patient_id", "on"]].merge(seen, on="patient_id")
        within = (day(seen["seen"]) - seen["on"]).dt.days.between(1, 3)
        met = rows[rows["spell_id"].isin(seen.loc[within, "spell_id"])]
        return figures(
            "MI-IP-18",
            self.grid.cut(met, None, "nunique", "spell_id"),
            self.grid.cut(rows, None, "nunique", "spell_id"),
            100,
        )

    def _incidents(self) -> Iterator[Figures]:
        less = self.grid.cut(self.bed_days, "bed_type", "sum", "less")
        acts = self.facts.acts
        acts = in_scope(acts[~acts["void"].eq(True) & acts["ward_code"].notna()])
        acts = acts.assign(month=month_of(acts["incident_date"]))
        physical = acts[acts["type_code"].isin(PHYSICAL)]
        restrained = self.grid.cut(physical, "bed_type", "nunique", "incident_ref")
        prone = self.grid.cut(acts[acts["type_code"] == "01"], "bed_type", "nunique", "incident_ref")
        yield figures("MI-QS-01", restrained)
        yield figures("MI-QS-02", restrained, less, 10_000)
        yield figures("MI-QS-03a", prone)
        yield figures("MI-QS-03b", prone, less, 10_000)
        for number, code in (("04", "05"), ("05", "14")):
            count = self.grid.cut(acts[acts["type_code"] == code], "bed_type", "size")
            yield figures(f"MI-QS-{number}a", count)
            yield figures(f"MI-QS-{number}b", count, less, 10_000)
        rows = self.facts.first_people
        rows = in_scope(rows[~rows["void"]])
        rows = rows.assign(month=month_of(rows["incident_date"]))
        ward = rows[rows["ward_code"].notna()]
        for number, group, per in (
            ("06", "violence_to_staff", 10_000), ("07", "violence_to_patient", 10_000), ("08", "fall", 1_000),
            ("09", "medication", 1_000),
        ):  # fmt: skip
            count = self.grid.cut(ward[ward["incident_group"] == group], "bed_type", "nunique", "incident_ref")
            yield figures(f"MI-QS-{number}a", count)
            yield figures(f"MI-QS-{number}b", count, less, per)
        yield figures("MI-QS-10", self._absent())
        serious = self.grid.cut(rows[rows["serious"]], "service", "nunique", "incident_ref")
        yield figures("MI-QS-11a", serious)
        deaths = rows[rows["death"]]
        yield figures("MI-QS-11b", self.grid.cut(deaths, "service", "nunique", "incident_ref"))

    def _absent(self) -> pd.Series:
        gone = self.facts.leave[self.facts.leave["leave_type"] == "01"]
        gone = gone.merge(
            self.facts.ward_stays[["ward_stay_id", "service", "bed_type", "locality"]],
            on="ward_stay_id", how="left",
        )  # fmt: skip
        gone = in_scope(gone).assign(on=lambda frame: day(frame["start_at"]))
        held = self.facts.detentions
        held = held[held["is_detained"] | held["status_code"].isin(HOLDING)]
        pairs = gone[["leave_id", "patient_id", "on"]].merge(
            held[["patient_id", "start_at", "end_at", "expiry_at"]], on="patient_id"
        )
        ends = day(pairs["end_at"].fillna(pairs["expiry_at"])).fillna(pd.Timestamp("2999-12-31"))
        covered = pairs[(day(pairs["start_at"]) <= pairs["on"]) & (ends >= pairs["on"])]
        gone = gone[gone["leave_id"].isin(covered["leave_id"])].assign(month=lambda frame: month_of(frame["on"]))
        return self.grid.cut(gone, "bed_type", "nunique", "leave_id")

    def _learning_disability(self) -> Iterator[Figures]:
        here = pd.concat(self._present(month) for month in self.grid.months)
        here = here[here["bed_type"] == "learning_disability"]
        census = here["month"] + pd.offsets.MonthEnd(0)
        stayed = (census - day(here["admission_at"])).dt.days
        for letter, least in (("a", 0), ("b", 365), ("c", 1826)):
            yield figures(f"MI-LD-01{letter}", self.grid.cut(here[stayed >= least], None, "nunique", "patient_id"))


def _end(month: pd.Timestamp) -> pd.Timestamp:
    return month + pd.offsets.MonthEnd(0)
