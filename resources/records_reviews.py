"""What the records keep for reviews: what was shown, the workbooks that came back, and what they say.

Here: appending and reading these. Not here: their tables (``records_models``), and what a response is worth (the
core's review).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nhsbn.review.content import Content
from nhsbn.review.sign_off import Answer, Response
from resources.database import READING
from resources.records import Records
from resources.records_models import ReviewContent, ReviewResponse, ReviewReturn
from resources.records_rows import Collection

_AT_ONCE = 500
"""Hashes asked for in one question: SQLite takes some thousands."""


@dataclass(frozen=True)
class ReturnedFile:
    """A marked-up workbook, by what its key says.

    Attributes:
        reader: id, in the plan, of the person it was made for.
    """

    of: Collection
    locality: str
    reader: str
    tool_version: int | None
    file_name: str
    sha256: str


class ReviewRecords:
    """The part of the records that reviews read and write.

    Args:
        records: open records.
    """

    def __init__(self, records: Records) -> None:
        self._engine = records.engine

    def keep_contents(self, ods_code: str, contents: Iterable[Content]) -> None:
        """Keep what is shown, each content once."""
        found = {content.hash: content for content in contents}
        known = self.contents(ods_code, found)
        rows = [
            {"ods_code": ods_code, "hash": key, "content": content.to_json(), "kept_at": _now()}
            for key, content in found.items()
            if key not in known
        ]
        if not rows:
            return
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        with self._engine.begin() as connection:
            connection.execute(insert(ReviewContent).on_conflict_do_nothing(), rows)

    def contents(self, ods_code: str, hashes: Iterable[str]) -> dict[str, Content]:
        """What was shown under some hashes, with every part of it; those never shown are left out."""
        found: dict[str, Content] = {}
        wanted = set(hashes)
        while wanted:
            new = self._contents(ods_code, sorted(wanted))
            found |= new
            parts = {part for content in new.values() for part in (content.parts or {}).values()}
            wanted = parts - set(found)
        return found

    def _contents(self, ods_code: str, hashes: Sequence[str]) -> dict[str, Content]:
        rows: list[sa.Row[Any]] = []
        for start in range(0, len(hashes), _AT_ONCE):
            some = hashes[start : start + _AT_ONCE]
            rows += self._rows(
                sa.select(ReviewContent.hash, ReviewContent.content).where(
                    ReviewContent.ods_code == ods_code, ReviewContent.hash.in_(some)
                )
            )
        return {row.hash: Content.from_json(row.content) for row in rows}

    def taken(self, ods_code: str) -> dict[str, datetime]:
        """SHA-256 of each workbook of any return that was taken, and when; all returns share one inbox."""
        one = ReviewReturn
        rows = self._rows(sa.select(one.sha256, one.taken_at).where(one.ods_code == ods_code).order_by(one.id))
        return {row.sha256: row.taken_at for row in rows}

    def keep_return(self, file: ReturnedFile, responses: Sequence[Response]) -> bool:
        """Keep a workbook that came back with all that it says, whole or not at all.

        Returns:
            Whether it was new: the same file is taken once.
        """
        head = vars(file.of) | {name: value for name, value in vars(file).items() if name != "of"}
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        with self._engine.begin() as connection:
            key = connection.execute(
                insert(ReviewReturn)
                .values(**head, taken_at=_now())
                .on_conflict_do_nothing()
                .returning(ReviewReturn.id)
            ).scalar()
            if key is not None and responses:
                connection.execute(
                    sa.insert(ReviewResponse), [_row(one) | {"review_return_id": key} for one in responses]
                )
        return key is not None

    def responses(self, of: Collection) -> tuple[Response, ...]:
        """Every response to a return, in the order in which they were taken; those that do not count too."""
        statement = (
            sa.select(*ReviewResponse.__table__.c)
            .join(ReviewReturn, ReviewResponse.review_return_id == ReviewReturn.id)
            .where(*_of(of))
            .order_by(ReviewReturn.id, ReviewResponse.row)
        )
        return tuple(_response(row) for row in self._rows(statement))

    def _rows(self, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
        with self._engine.connect().execution_options(**READING) as connection:
            return list(connection.execute(statement))


def _of(of: Collection) -> list[sa.ColumnElement[bool]]:
    return [getattr(ReviewReturn, name) == value for name, value in vars(of).items()]


def _row(one: Response) -> dict[str, Any]:
    row = vars(one) | {"answer": one.answer.value, "given_by": one.by, "given_on": one.on}
    return {name: value for name, value in row.items() if name not in ("by", "on")}


def _response(row: sa.Row[Any]) -> Response:
    return Response(
        subject=row.subject,
        place=row.place,
        answer=Answer(row.answer),
        comment=row.comment,
        by=row.given_by,
        role=row.role,
        on=row.given_on,
        content=row.content,
        row=row.row,
        counts=row.counts,
        remark=row.remark,
    )


def _now() -> datetime:
    return datetime.now(UTC)
