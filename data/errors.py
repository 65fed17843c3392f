"""What can go wrong with the store, each in one sentence for the reader, in both languages."""


class StoreError(Exception):
    """A problem with the store: what, and what to do next (`zh`, `en`), which any reader may see.

    inner : what the driver or the system says, with its place, user or path: for the log and for whoever types a
    command on the server; it is in no page, no route and no JSON.
    """

    def __init__(self, zh: str, en: str, inner: str = "") -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en
        self.inner = inner

    def text(self, lang: str = "zh") -> str:
        return self.zh if lang == "zh" else self.en


class NoStoreError(StoreError):
    """There is no store at the address that could be opened. `state` is its code for a watchdog."""

    state = "unreachable"


class EmptyStoreError(NoStoreError):
    """The store has no file or no tables yet: the first load makes them."""

    state = "empty"


class MissingStoreError(NoStoreError):
    """The file of a store that was being served is there no more."""

    state = "missing"


class ReplacedStoreError(NoStoreError):
    """Another file stands where the store was, and is not (or not yet) fit to be read."""

    state = "replaced"


class DamagedStoreError(NoStoreError):
    """What stands at the address is no store: a folder, a file of something else, a damaged one."""

    state = "damaged"


class LockedStoreError(NoStoreError):
    """Another program keeps the store locked for longer than anybody waits."""

    state = "locked"


class ReadOnlyStoreError(NoStoreError):
    """The store can be read at most; nothing can be changed in it."""

    state = "read_only"


class FullStoreError(NoStoreError):
    """There is no room left to write."""

    state = "full"


class StoreVersionError(StoreError):
    """The store's tables are of another version than this program."""

    state = "old_version"


class ChangedMeanwhileError(StoreError):
    """Somebody else loaded data between reading and writing."""


class AuditError(StoreError):
    """The audit store cannot be read or written."""


class AccountError(StoreError):
    """An account or a screen link that cannot be as asked."""
