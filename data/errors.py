"""What can go wrong with the store, each in one sentence for the reader, in both languages."""


class StoreError(Exception):
    """A problem with the store: what, where, and what to do next (`zh`, `en`)."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en

    def text(self, lang: str = "zh") -> str:
        return self.zh if lang == "zh" else self.en


class NoStoreError(StoreError):
    """There is no store at the address that could be opened."""


class EmptyStoreError(NoStoreError):
    """The store has no file or no tables yet: the first load makes them."""


class StoreVersionError(StoreError):
    """The store's tables are of another version than this program."""


class ChangedMeanwhileError(StoreError):
    """Somebody else loaded data between reading and writing."""


class AuditError(StoreError):
    """The audit store cannot be read or written."""


class AccountError(StoreError):
    """An account or a screen link that cannot be as asked."""
