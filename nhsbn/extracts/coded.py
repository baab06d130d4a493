"""A column of text held once a different word: what is done to a word is done to every cell that holds it.

Here: the pairing of words with codes, and going to and from Arrow. Not here: what a word should become
(row_classes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Rows = npt.NDArray[np.bool_]

_FEW = 20_000


@dataclass(frozen=True)
class Coded:
    """A column of text.

    Attributes:
        words: a string array of words; null is a blank cell, and a word may stand twice.
        codes: for each row, the position of its word.
    """

    words: pa.StringArray
    codes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, column: pa.DictionaryArray | pa.StringArray) -> Coded:
        """An Arrow column, coded if it is not."""
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode("encode")
        return cls(coded.dictionary, coded.indices.to_numpy())

    def __len__(self) -> int:
        """Rows."""
        return len(self.codes)

    def mapped(self, change: Callable[[pa.StringArray], pa.StringArray]) -> Coded:
        """With another word for each word."""
        return replace(self, words=change(self.words))

    def at(self, rows: npt.NDArray[np.int64]) -> Coded:
        """Only the rows at these positions."""
        return replace(self, codes=self.codes[rows])

    def rows(self, of_words: pa.BooleanArray) -> Rows | None:
        """Which rows hold a word for which ``of_words`` is true; None when no word is."""
        if not pc.any(of_words).as_py():
            return None
        chosen: Rows = pc.fill_null(of_words, False).to_numpy(zero_copy_only=False)
        return chosen[self.codes]

    @property
    def blank(self) -> Rows | None:
        """Which rows are blank; None when none is."""
        return self.rows(pc.is_null(self.words)) if self.words.null_count else None

    def to_list(self) -> list[str | None]:
        """Every cell."""
        words = self.words.to_pylist()
        return [words[code] for code in self.codes]

    def to_arrow(self) -> pa.DictionaryArray | pa.StringArray:
        """An Arrow column: dictionary-coded, each word once, where the words are few; else plain."""
        if len(self.words) > _FEW or len(self.words) * 2 > len(self.codes):
            return self.words.take(pa.array(self.codes))
        # The dictionary is written with the rows: it may hold no word of a row that was left out.
        held = np.zeros(len(self.words), dtype=np.bool_)
        held[self.codes] = True
        words = self.words.filter(pa.array(held))
        codes = pa.array((np.cumsum(held, dtype=np.int32) - np.int32(1))[self.codes])
        encoded = words.dictionary_encode()
        if encoded.null_count == 0 and len(encoded.dictionary) == len(words):
            return pa.DictionaryArray.from_arrays(codes, words)
        return encoded.take(codes)
