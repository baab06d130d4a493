"""What the records keep of reviews, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from nhsbn.review.content import RETURN, contents
from resources.records import Records
from resources.records_models import ReviewContent, ReviewResponse, ReviewReturn
from resources.records_reviews import ReturnedFile, ReviewRecords
from resources.records_rows import Collection
from tests.small_review import marked, review, row, weighed

OF = Collection("RXE", "small", "2025-26", "2025-26-Q1")
FILE = ReturnedFile(OF, "north", "ann", 1, "ann.xlsx", "a" * 64)


def test_what_was_shown_is_kept_once_and_comes_back_with_its_parts(records: Records) -> None:
    kept, shown = ReviewRecords(records), contents(review())
    for _ in range(2):
        kept.keep_contents("RXE", shown.values())
    whole = shown[RETURN].hash
    found = kept.contents("RXE", [whole, "0" * 32])
    assert found == {content.hash: content for content in shown.values()}
    assert kept.contents("RDY", [whole]) == {}
    with records.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(ReviewContent)).scalar() == len(shown)


def test_a_workbook_is_taken_once_with_every_row_of_it(records: Records) -> None:
    kept, now = ReviewRecords(records), review()
    said = weighed(marked(now, row(comment="Right"), row("A-02", by="Zoe", on=None, number=3)), now).responses
    assert kept.keep_return(FILE, said)
    assert not kept.keep_return(replace(FILE, file_name="copy.xlsx"), said)
    assert kept.responses(OF) == said
    assert [one.counts for one in said] == [True, False]
    assert list(kept.taken("RXE")) == ["a" * 64]
    assert kept.taken("RDY") == {}
    assert kept.responses(replace(OF, period="2025-26-Q2")) == ()


def test_a_workbook_without_answers_is_taken_too(records: Records) -> None:
    kept = ReviewRecords(records)
    assert kept.keep_return(FILE, [])
    assert not kept.keep_return(FILE, [])


@pytest.mark.parametrize("model", [ReviewContent, ReviewReturn, ReviewResponse])
def test_nothing_kept_can_be_changed_or_deleted(records: Records, model: type) -> None:
    kept, now = ReviewRecords(records), review()
    kept.keep_contents("RXE", contents(now).values())
    kept.keep_return(FILE, weighed(marked(now, row()), now).responses)
    column = next(iter(model.__table__.c))
    for statement in (sa.update(model).values({column.name: column}), sa.delete(model)):
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), records.engine.begin() as connection:
            connection.execute(statement)
