"""Access, community activity, crisis and talking therapies, counted in pandas.

Here: MI-AC, MI-CM, MI-CR and MI-TT. Not here: beds, incidents, staff and money.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import pandas as pd

from tests.oracle.counting import Figures, Grid, averages, figures, in_scope, looked_up, month_of
from tests.oracle.extracts import dates
from tests.oracle.facts import Facts, norm, yes

DELIVERED = ["face_to_face", "telephone", "video", "talk_type"]
CRISIS = ["A02", "A03", "A04"]
FAR = pd.Timestamp("2999-12-31")
ONE = pd.Timedelta(days=1)
MONTH_END = pd.offsets.MonthEnd(0)


class Community:
    """The community half of the return.

    Args:
        facts: the facts.
        grid: months and localities asked for.
    """

    def __init__(self, facts: Facts, grid: Grid) -> None:
        self.facts = facts
        self.grid = grid

    @cached_property
    def appointments(self) -> pd.DataFrame:
        """Appointments with the patient, not by e-mail or text; one of each patient, team, minute and outcome."""
        rows = self.with_patient
        rows = rows[
            rows["medium"].ne("other").fillna(True)
            & rows["outcome"].isin(["2", "3", "4", "5", "6", "7", "unoutcomed"])
        ]
        return rows.drop_duplicates(["patient_id", "team_id", "minute", "outcome"])

    @cached_property
    def with_patient(self) -> pd.DataFrame:
        """Records of every outcome and medium with the patient, or with nobody named, in order of their ids."""
        rows = self.facts.contacts
        rows = rows[norm(rows["contact_with"]).fillna("patient") == "patient"]
        rows = rows.assign(minute=rows["contact_at"].dt.floor("min"), month=month_of(rows["contact_at"]))
        return rows.sort_values(["contact_id", "activity_source"])

    @cached_property
    def delivered(self) -> pd.DataFrame:
        """Every record of a contact that the patient attended by a medium that counts."""
        rows = self.with_patient
        return rows[rows["medium"].isin(DELIVERED) & rows["outcome"].isin(["5", "6"])]

    @cached_property
    def attended(self) -> pd.DataFrame:
        """Contacts delivered: one of each patient, team and minute."""
        return self.delivered.drop_duplicates(["patient_id", "team_id", "minute"])

    @cached_property
    def first_team(self) -> pd.DataFrame:
        """One row a referral, to the team that had it first."""
        rows = self.facts.referrals.sort_values(["received_at", "team_id"])
        return rows.drop_duplicates("referral_id").assign(month=lambda frame: month_of(frame["received_at"]))

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Every referral with its spell and the day its clock started."""
        rows = self.facts.referrals
        closed = (
            rows.assign(end=rows["closed_date"].fillna(rows["rejected_date"]).fillna(FAR))
            .groupby("referral_id")["end"]
            .max()
        )
        one = self.first_team[["referral_id", "patient_id", "received_at", "is_internal"]].copy()
        one["end"] = looked_up(one["referral_id"], closed)
        one["day"] = one["received_at"].dt.normalize()
        one = one.sort_values(["patient_id", "received_at", "referral_id"])
        one["open_until"] = one.groupby("patient_id")["end"].cummax()
        one["open_until"] = one.groupby("patient_id")["open_until"].shift()
        goes_on = one["is_internal"] & (one["open_until"] >= one["day"] - pd.Timedelta(days=7))
        one["number"] = (~goes_on).groupby(one["patient_id"]).cumsum()
        one["spell"] = one["patient_id"].astype("string") + "/" + one["number"].astype("string")
        one["clock"] = one.groupby("spell")["day"].transform("min")
        return one[["referral_id", "spell", "clock"]]

    @cached_property
    def spell_contacts(self) -> pd.DataFrame:
        """First and second contacts of every spell, with days waited."""
        rows = self.delivered.merge(self.spells, on="referral_id")
        rows = rows[rows["contact_at"].dt.normalize() >= rows["clock"]]
        rows = rows.sort_values(["spell", "minute", "contact_id", "activity_source"]).drop_duplicates(
            ["spell", "minute"]
        )
        rows["ordinal"] = rows.groupby("spell").cumcount() + 1
        rows["wait"] = (rows["contact_at"].dt.normalize() - rows["clock"]).dt.days
        return rows[rows["ordinal"] <= 2]

    @cached_property
    def responses(self) -> pd.DataFrame:
        """Referrals to a team with a known time, and minutes to their first face-to-face contact."""
        rows = self.facts.referrals
        rows = rows[rows["received_at"] != rows["received_at"].dt.normalize()]
        seen = self.delivered[self.delivered["medium"] == "face_to_face"][["referral_id", "contact_at"]]
        both = rows[["referral_id", "team_id", "received_at"]].merge(seen, on="referral_id")
        both = both[both["contact_at"] >= both["received_at"]]
        first = both.groupby(["referral_id", "team_id"])["contact_at"].min().rename("seen_at")
        rows = rows.merge(first, on=["referral_id", "team_id"], how="left")
        minutes = (rows["seen_at"] - rows["received_at"]).dt.total_seconds() / 60
        return rows.assign(minutes=minutes, month=month_of(rows["received_at"]))

    @cached_property
    def censuses(self) -> pd.DataFrame:
        """People open and accepted at every month end, and at the start of the month after."""
        rows = self.facts.caseload
        referrals = self.facts.referrals[["referral_id", "team_id", "accepted_date"]].assign(known=True)
        rows = rows.merge(referrals, on=["referral_id", "team_id"], how="left")
        refused = rows["known"].eq(True) & ~(rows["accepted_date"] <= rows["snapshot_date"])
        rows = rows[~refused]
        closing = rows.assign(month=month_of(rows["snapshot_date"]), census="closing")
        opening = rows.assign(month=month_of(rows["snapshot_date"] + pd.Timedelta(days=1)), census="opening")
        both = pd.concat([closing, opening[opening["snapshot_date"].dt.is_month_end]], ignore_index=True)
        return both.assign(person=both["patient_id"].astype("string") + both["census"])

    @cached_property
    def waiting(self) -> pd.DataFrame:
        """Referrals without a contact at every month end, and days waited since the clock started."""
        rows = self.facts.caseload
        rows = rows[yes(rows["waiting"])].merge(self.spells, on="referral_id", how="left")
        since = rows["clock"].fillna(dates(rows["received_date"]))
        rows["days"] = (rows["snapshot_date"] - since).dt.days
        return rows.assign(month=month_of(rows["snapshot_date"]))

    @cached_property
    def population(self) -> pd.Series:
        """Registered population by service's age group."""
        ages = {"adult": "18_64", "older_adult": "65_plus", "cyp": "0_17", "lda": "all", "all": "all"}
        table = self.facts.populations.set_index(["locality", "age_group"])["population"]
        figure = {
            (place, member): float(
                sum(table[locality, age] for locality in self.facts.localities)
                if place == "trust" else table[place, age]
            )
            for place in [*self.facts.localities, "trust"]
            for member, age in ages.items()
        }  # fmt: skip
        return self.grid.spread("service", figure)

    def items(self) -> Iterator[Figures]:
        """Every item."""
        yield from self._referrals()
        yield from self._waits()
        yield from self._contacts()
        yield from self._caseload()
        yield from self._responses()
        yield from self._talking_therapies()

    def _referrals(self) -> Iterator[Figures]:
        first = in_scope(self.first_team)
        received = self.grid.cut(first[~first["is_internal"]], "service", "nunique", "referral_id")
        yield figures("MI-AC-01a", received)
        yield figures("MI-AC-01b", self.grid.cut(first[first["is_internal"]], "service", "nunique", "referral_id"))
        yield figures("MI-AC-04", received, self.population, 100_000)
        rows = self.facts.referrals
        taken = rows.sort_values(["accepted_date", "team_id"]).dropna(subset="accepted_date")
        taken = taken.drop_duplicates("referral_id").assign(on=lambda frame: frame["accepted_date"])
        others = rows[~rows["referral_id"].isin(taken["referral_id"])].dropna(subset="rejected_date")
        refused = others.sort_values(["rejected_date", "team_id"], ascending=[False, True])
        refused = refused.drop_duplicates("referral_id").assign(on=lambda frame: frame["rejected_date"])
        both = pd.concat([taken.assign(taken=True), refused.assign(taken=False)])
        both = in_scope(both[~both["is_internal"]]).assign(month=lambda frame: month_of(frame["on"]))
        accepted = self.grid.cut(both[both["taken"]], "service", "nunique", "referral_id")
        yield figures("MI-AC-02", accepted)
        yield figures("MI-AC-03", accepted, self.grid.cut(both, "service", "nunique", "referral_id"), 100)

    def _waits(self) -> Iterator[Figures]:
        waiting = in_scope(self.waiting)
        for letter, above in (("a", None), ("b", 28), ("c", 84), ("d", 126), ("e", 364)):
            rows = waiting if above is None else waiting[waiting["days"] > above]
            yield figures(f"MI-AC-05{letter}", self.grid.cut(rows, "service", "nunique", "referral_id"))
        seen = in_scope(self.spell_contacts)
        yield from averages("MI-AC-06", self.grid, seen[seen["ordinal"] == 1], "service", "wait")
        yield from averages("MI-AC-07", self.grid, seen[seen["ordinal"] == 2], "service", "wait")

    def _contacts(self) -> Iterator[Figures]:
        rows = in_scope(self.attended)
        total = self.grid.cut(rows, "service", "size")
        by = {medium: self.grid.cut(rows[rows["medium"] == medium], "service", "size") for medium in DELIVERED}
        virtual = by["telephone"] + by["video"] + by["talk_type"]
        yield figures("MI-CM-03", total)
        yield figures("MI-CM-04", total, self.population, 100_000)
        yield figures("MI-CM-05a", by["face_to_face"])
        yield figures("MI-CM-05b", by["face_to_face"], total, 100)
        yield figures("MI-CM-06a", by["telephone"])
        yield figures("MI-CM-06b", by["video"])
        yield figures("MI-CM-06c", virtual)
        yield figures("MI-CM-06d", virtual, total, 100)
        booked = in_scope(self.appointments)
        code = {
            name: self.grid.cut(booked[booked["outcome"].isin(codes)], "service", "size")
            for name, codes in {
                "missed": ["3", "7"], "due": ["3", "5", "6", "7"], "patient": ["2"], "provider": ["4"],
                "all": ["2", "3", "4", "5", "6", "7"], "blank": ["unoutcomed"],
            }.items()
        }  # fmt: skip
        yield figures("MI-CM-07a", code["missed"], code["due"], 100)
        yield figures("MI-CM-07b", code["blank"])
        yield figures("MI-CM-08a", code["patient"], code["all"], 100)
        yield figures("MI-CM-08b", code["provider"], code["all"], 100)

    def _caseload(self) -> Iterator[Figures]:
        people = in_scope(self.censuses)
        closing = self.grid.cut(people[people["census"] == "closing"], "service", "nunique", "patient_id")
        taken = self.facts.caseload["snapshot_date"]
        whole = people[(people["month"] - ONE).isin(taken) & (people["month"] + MONTH_END).isin(taken)]
        mean = self.grid.cut(whole, "service", "nunique", "person") / 2
        yield figures("MI-CM-01", closing)
        yield figures("MI-CM-02", closing, self.population, 100_000)
        rows = self.facts.referrals
        taken_on = rows[rows["accepted_date"].notna()]
        still_open = taken_on.loc[taken_on["closed_date"].isna(), "referral_id"]
        last = taken_on[~taken_on["referral_id"].isin(still_open)].sort_values(["closed_date", "team_id"])
        last = last.drop_duplicates("referral_id", keep="last")
        admin = norm(last["closure_reason"]).str.contains("administrative|duplicate|entered in error", na=False)
        last = in_scope(last[~admin])
        last = last.assign(month=month_of(last["closed_date"]))
        closed = self.grid.cut(last, "service", "nunique", "referral_id")
        yield figures("MI-CM-09a", closed)
        yield figures("MI-CM-09b", closed, mean, 100)
        yield figures("MI-CM-10", self.grid.cut(in_scope(self.attended), "service", "size"), mean)

    def _responses(self) -> Iterator[Figures]:
        referrals = self.facts.referrals
        crisis = in_scope(referrals[referrals["team_type"].isin(CRISIS)])
        crisis = crisis.assign(month=month_of(crisis["received_at"]))
        yield figures("MI-CR-01", self.grid.cut(crisis, "service", "nunique", "referral_id"))
        rows = in_scope(self.responses)
        teams = rows["team_type"].isin(CRISIS)
        liaison = (rows["team_type"] == "A11") & rows["from_ed"]
        for code, due, limit, by in (
            ("MI-CR-02", rows[teams & (rows["priority"] == "4")], 240, "service"),
            ("MI-CR-03", rows[teams & (rows["priority"] == "2")], 1440, "service"),
            ("MI-CR-04", rows[liaison], 60, None),
        ):
            met = self.grid.cut(due[due["minutes"] <= limit], by, "nunique", "referral_id")
            yield figures(code, met, self.grid.cut(due, by, "nunique", "referral_id"), 100)

    def _talking_therapies(self) -> Iterator[Figures]:
        first = self.first_team[
            (self.first_team["service"] == "talking_therapies") & ~self.first_team["is_internal"]
        ]
        yield figures("MI-TT-01a", self.grid.cut(first, None, "nunique", "referral_id"))
        seen = self.spell_contacts
        seen = seen[(seen["service"] == "talking_therapies") & (seen["ordinal"] == 1)]
        entering = self.grid.cut(seen, None, "nunique", "patient_id")
        table = self.facts.populations.set_index(["locality", "age_group"])["population"]
        adults = {place: float(table[place, "18_64"] + table[place, "65_plus"]) for place in self.facts.localities}
        figure = {(place, "all"): count for place, count in adults.items()} | {
            ("trust", "all"): sum(adults.values())
        }
        yield figures("MI-TT-01b", entering)
        yield figures("MI-TT-01c", entering, self.grid.spread(None, figure), 100_000)
