"""Current extract rows to facts: typed, and placed in a locality, service, bed type and staff group.

Here: one frame a fact, made with merges on the trust's mapping tables. Not here: counting.
"""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from tests.oracle.extracts import dates, declarations, numbers, read_report


def norm(text: pd.Series) -> pd.Series:
    """Words as the mapping tables are matched: case, hyphens and runs of spaces made alike."""
    return (
        text.astype("string")
        .str.replace("\u00a0", " ")
        .str.lower()
        .str.replace(r"[\s\-]+", " ", regex=True)
        .str.strip()
    )


def yes(text: pd.Series) -> pd.Series:
    """Yes/No words as booleans; blank is no."""
    return text.astype("string").str.strip().str.lower().isin(["yes", "y", "true", "1"])


@cache
def _mapping(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype="string", keep_default_na=False)
    table["valid_from"] = pd.to_datetime(table["valid_from"].replace("", "1900-01-01"))
    table["valid_to"] = pd.to_datetime(table["valid_to"].replace("", "2999-12-31"))
    return table.drop(columns=["source", "approved_by"]).replace("", pd.NA)


class Facts:
    """Every fact the metrics need, each computed once.

    Args:
        inbox: the folder of raw extracts.
        root: the project folder, for declared headings.
        trust: the trust's folder, for mapping tables and populations.
    """

    def __init__(self, inbox: Path, root: Path, trust: Path) -> None:
        self.inbox = inbox
        self.trust = trust
        self.declared = declarations(root / "sources")

    def report(self, name: str) -> pd.DataFrame:
        """The current rows of a report as text."""
        return read_report(self.inbox, self.declared[name])

    def map(self, name: str) -> pd.DataFrame:
        """A mapping table with its dates read."""
        return _mapping(self.trust / "maps" / f"{name}.csv")

    def place(
        self, rows: pd.DataFrame, on: str, by: str, table: str, key: str, when: str, take: list[str]
    ) -> pd.DataFrame:
        """Rows with columns of a mapping table, as valid on ``when``; rows that map nowhere keep blanks."""
        look = self.map(table)
        look = look.assign(_key=norm(look[key]))[["_key", "valid_from", "valid_to", *take]]
        rows = rows.drop(columns=[name for name in take if name in rows]).reset_index(drop=True)
        rows["_id"] = rows.index
        rows["_key"] = norm(rows[on]) if by == "words" else rows[on].astype("string")
        hit = rows[["_id", "_key", when]].merge(look, on="_key")
        day = hit[when].dt.normalize()
        hit = hit[(day >= hit["valid_from"]) & (day <= hit["valid_to"])]
        return rows.drop(columns="_key").merge(hit[["_id", *take]], on="_id", how="left").drop(columns="_id")

    @cached_property
    def teams(self) -> pd.DataFrame:
        """Mapping of teams."""
        return self.map("map_team")

    @cached_property
    def populations(self) -> pd.DataFrame:
        """Registered population by locality and age group."""
        table = pd.read_csv(self.trust / "population.csv", comment="#")
        return table[table["basis"] == "registered"]

    @cached_property
    def localities(self) -> list[str]:
        """The trust's localities."""
        trust = yaml.safe_load((self.trust / "trust.yaml").read_text(encoding="utf-8"))
        return [locality["id"] for locality in trust["localities"]]

    def _team(self, rows: pd.DataFrame, when: str) -> pd.DataFrame:
        return self.place(
            rows, "team_id", "words", "map_team", "team_id", when, ["service", "team_type", "locality"]
        )

    def _ward(self, rows: pd.DataFrame, when: str) -> pd.DataFrame:
        return self.place(
            rows, "ward_code", "words", "map_ward", "ward_code", when, ["service", "bed_type", "locality"]
        )

    def _cost_centre(self, rows: pd.DataFrame, when: str) -> pd.DataFrame:
        placed = self.place(
            rows,
            "cost_centre",
            "words",
            "map_cost_centre",
            "cost_centre",
            when,
            ["service", "locality", "split_percent"],
        )
        placed["share"] = placed["split_percent"].astype("float").fillna(100.0) / 100
        return placed

    def _organisation(self, rows: pd.DataFrame, when: str) -> pd.DataFrame:
        found = self.place(
            rows.assign(_own=rows.get("cost_centre", pd.NA)).drop(
                columns="cost_centre", errors="ignore"
            ),
            "organisation", "words", "map_esr_organisation", "organisation", when, ["cost_centre"],
        )  # fmt: skip
        found["cost_centre"] = found.pop("_own").astype("string").fillna(found["cost_centre"])
        return found

    @cached_property
    def referrals(self) -> pd.DataFrame:
        """One row a referral to a team."""
        rows = self.report("reportal_referrals")
        rows["received_at"] = dates(rows["received_at"])
        for name in ("accepted_date", "rejected_date", "closed_date"):
            rows[name] = dates(rows[name]).dt.normalize()
        rows = rows[~(rows["closed_date"] < rows["received_at"].dt.normalize())]
        rows = self._team(rows, "received_at")
        return self.place(
            rows, "source_of_referral", "words", "map_referral_source", "source_code", "received_at",
            ["is_internal", "is_emergency_department"],
        ).assign(
            is_internal=lambda frame: yes(frame["is_internal"]),
            from_ed=lambda frame: yes(frame["is_emergency_department"]),
        )  # fmt: skip

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """One row a contact with one patient, whatever its outcome."""
        rows = self.report("reportal_contacts")
        rows["contact_at"] = dates(rows["contact_at"])
        rows = self._team(rows[rows["contact_at"].notna()], "contact_at")
        rows = self.place(
            rows, "attendance", "words", "map_attendance", "attendance", "contact_at", ["national_code"]
        ).rename(columns={"national_code": "outcome"})
        return self.place(
            rows, "contact_method", "words", "map_contact_method", "contact_method", "contact_at",
            ["national_code", "medium"],
        ).rename(columns={"national_code": "method_code"})  # fmt: skip

    @cached_property
    def caseload(self) -> pd.DataFrame:
        """One row a referral open to a team on a snapshot date."""
        rows = self.report("reportal_caseload").rename(columns={"_on": "snapshot_date"})
        return self._team(rows, "snapshot_date")

    @cached_property
    def ward_stays(self) -> pd.DataFrame:
        """One row a ward stay."""
        rows = self.report("reportal_ward_stays")
        for name in ("admission_at", "ward_start_at", "ward_end_at", "discharge_at"):
            rows[name] = dates(rows[name])
        for name in ("crfd_start", "crfd_end"):
            rows[name] = dates(rows[name]).dt.normalize()
        wrong = (rows["ward_end_at"] < rows["ward_start_at"]) | (rows["discharge_at"] < rows["admission_at"])
        return self._ward(rows[~wrong], "ward_start_at")

    @cached_property
    def leave(self) -> pd.DataFrame:
        """One row a period of leave."""
        rows = self.report("reportal_leave")
        rows["start_at"], rows["end_at"] = dates(rows["start_at"]), dates(rows["end_at"])
        return rows[~(rows["end_at"] < rows["start_at"])]

    @cached_property
    def beds(self) -> pd.DataFrame:
        """One row a ward and day."""
        rows = self.report("reportal_ward_beds")
        rows["bed_date"] = dates(rows["bed_date"])
        for name in ("available_beds", "closed_beds", "occupied_at_midnight"):
            rows[name] = numbers(rows[name])
        return self._ward(rows, "bed_date")

    @cached_property
    def incidents(self) -> pd.DataFrame:
        """One row a person in an incident."""
        rows = self.report("risk_incidents")
        rows["incident_date"] = dates(rows["incident_date"])
        alias = self.place(rows, "location", "words", "map_ward_alias", "alias", "incident_date", ["ward_code"])
        team = self.place(
            rows, "location", "words", "map_team", "team_name", "incident_date", ["team_id", "service", "locality"]
        )
        team = team.sort_values("team_id").drop_duplicates(["incident_ref", "person_seq"])
        both = self._ward(alias, "incident_date").merge(
            team[["incident_ref", "person_seq", "service", "locality"]],
            on=["incident_ref", "person_seq"], suffixes=("", "_team"),
        )  # fmt: skip
        for name in ("service", "locality"):
            both[name] = both[name].mask(both["ward_code"].isna(), both[f"{name}_team"])
        return both.assign(
            incident_group=lambda frame: self._incident_group(frame),
            rejected=lambda frame: norm(frame["approval_status"]).str.contains("reject", na=False),
            serious=lambda frame: yes(frame["serious_incident"]),
        )

    @cached_property
    def first_people(self) -> pd.DataFrame:
        """One row an incident: its first person, and what was said of any."""
        rows = self.incidents.assign(
            void=lambda frame: frame["rejected"] | frame["duplicate_of"].notna(),
            death=lambda frame: frame["incident_group"].eq("death_unexpected").fillna(False),
        )
        for name in ("void", "death", "serious"):
            rows[name] = rows["incident_ref"].isin(rows.loc[rows[name].astype(bool), "incident_ref"])
        return rows.sort_values(["incident_ref", "person_seq"]).drop_duplicates("incident_ref")

    def _incident_group(self, rows: pd.DataFrame) -> pd.Series:
        look = self.map("map_incident_category")
        exact = {
            (category, sub): group
            for category, sub, group in zip(
                norm(look["category"]), norm(look["sub_category"]), look["incident_group"], strict=True
            )
        }
        pairs = zip(norm(rows["category"]), norm(rows["sub_category"]).fillna(""), strict=True)
        found = [exact.get((category, sub), exact.get((category, "*"))) for category, sub in pairs]
        return pd.Series(found, index=rows.index, dtype="string")

    @cached_property
    def acts(self) -> pd.DataFrame:
        """One row an act of restrictive intervention, on the ward of its incident."""
        rows = self.report("risk_restrictive_interventions")
        rows["incident_date"] = dates(rows["incident_date"])
        rows = self.place(
            rows, "intervention_type", "words", "map_intervention_type", "intervention_text", "incident_date",
            ["type_code"],
        )  # fmt: skip
        one = self.first_people
        return rows.merge(
            one[["incident_ref", "service", "bed_type", "locality", "void", "ward_code"]],
            on="incident_ref", how="left",
        )  # fmt: skip

    @cached_property
    def detentions(self) -> pd.DataFrame:
        """One row a period of one legal status."""
        rows = self.report("mha_legal_status")
        for name in ("start_at", "end_at", "expiry_at"):
            rows[name] = dates(rows[name])
        rows = rows[~(rows["end_at"] < rows["start_at"])]
        placed = self.place(
            rows, "section", "words", "map_legal_status", "section_text", "start_at",
            ["status_code", "is_detained", "is_short_term"],
        )  # fmt: skip
        return placed.assign(is_detained=yes(placed["is_detained"]))

    @cached_property
    def staff(self) -> pd.DataFrame:
        """One row an assignment, snapshot and locality share."""
        rows = self.report("esr_staff_in_post").rename(columns={"_on": "snapshot_date"})
        rows["fte"] = numbers(rows["contracted_fte"])
        rows = rows[rows["fte"].between(0, 1.2)]
        rows["start_date"] = dates(rows["latest_start_date"])
        rows = self._cost_centre(self._organisation(rows, "snapshot_date"), "snapshot_date")
        rows["words"] = rows["staff_group"]
        rows = self.place(
            rows, "words", "words", "map_staff_group", "staff_group_text", "snapshot_date", ["staff_group"]
        )
        rows["both"] = norm(rows["assignment_category"]) + "|" + norm(rows["assignment_status"])
        look = self.map("map_assignment")
        pairs = norm(look["assignment_category"]) + "|" + norm(look["assignment_status"])
        rows["in_post"] = rows["both"].isin(pairs[yes(look["in_post"])])
        return rows

    @cached_property
    def leavers(self) -> pd.DataFrame:
        """One row an ended assignment and locality share."""
        rows = self.report("esr_leavers")
        rows["termination_date"] = dates(rows["termination_date"])
        rows["start_date"] = dates(rows["latest_start_date"])
        rows["fte"] = numbers(rows["contracted_fte"])
        rows = rows[rows["fte"].between(0, 1.2) & ~(rows["termination_date"] < rows["start_date"])]
        rows = self._cost_centre(self._organisation(rows, "termination_date"), "termination_date")
        rows["words"] = rows["staff_group"]
        rows = self.place(
            rows, "words", "words", "map_staff_group", "staff_group_text", "termination_date", ["staff_group"]
        )
        return self.place(
            rows, "leaving_reason", "words", "map_leaving_reason", "leaving_reason", "termination_date",
            ["counts_in_turnover"],
        ).assign(counts=lambda frame: yes(frame["counts_in_turnover"]))  # fmt: skip

    @cached_property
    def absences(self) -> pd.DataFrame:
        """One row an absence episode of an assignment; open ends run to the end of its file's dates."""
        rows = self.report("esr_absence")
        rows["start_date"] = dates(rows["start_date"])
        rows["end_date"] = dates(rows["end_date"])
        rows = rows[~(rows["end_date"] < rows["start_date"])]
        rows["last_day"] = rows["end_date"].clip(upper=rows["_end"]).fillna(rows["_end"])
        return rows.assign(is_sickness=norm(rows["absence_category"]) == "sickness")

    @cached_property
    def absence_places(self) -> pd.DataFrame:
        """One row an absence episode and locality share of its organisation's cost centre."""
        rows = self.absences
        return self._cost_centre(self._organisation(rows, "start_date"), "start_date")

    @cached_property
    def ctos(self) -> pd.DataFrame:
        """One row a community treatment order."""
        rows = self.report("mha_ctos")
        for name in ("start_date", "end_date", "recall_at"):
            rows[name] = dates(rows[name])
        return rows[~(rows["end_date"] < rows["start_date"])]

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """One row a ledger line, month and locality share."""
        rows = self.report("ledger_budget_statement")
        rows["month"] = rows["_start"]
        for name in (
            "month_budget",
            "month_actual",
            "annual_budget",
            "budgeted_wte",
            "contracted_wte",
            "worked_wte",
        ):
            rows[name] = numbers(rows[name]).fillna(0)
        rows = self._cost_centre(rows, "month")
        return self.place(
            rows, "subjective", "words", "map_subjective", "subjective", "month",
            ["category", "employment_type", "staff_group"],
        )  # fmt: skip


def clipped_days(start: pd.Series, end: pd.Series, first: pd.Timestamp, after: pd.Timestamp) -> pd.Series:
    """Whole days of ``[start, end)`` within ``[first, after)``, by date."""
    begin = start.dt.normalize().clip(lower=first)
    finish = end.dt.normalize().fillna(after).clip(upper=after)
    return np.maximum((finish - begin).dt.days, 0)
