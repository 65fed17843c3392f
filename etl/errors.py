"""What stops a load: one sentence for the reader in each language. A bad row never does, it is refused by itself."""


class LoadError(Exception):
    """A file or a load that cannot be used: what, where, and what to do next (`zh`, `en`); `code` names the kind.

    `inner` is what the driver or the system says, for the command line alone.
    """

    def __init__(self, code: str, zh: str, en: str, *, inner: str = "") -> None:
        super().__init__(zh)
        self.code = code
        self.zh = zh
        self.en = en
        self.inner = inner

    def __reduce__(self) -> tuple[type["LoadError"], tuple[str, str, str]]:
        # Comes back from the reading process, and exceptions pickle by `args`.
        return type(self), (self.code, self.zh, self.en)

    def text(self, lang: str = "zh") -> str:
        return self.zh if lang == "zh" else self.en


def changed_meanwhile() -> LoadError:
    """The error when somebody else loaded while this load was worked out."""
    return LoadError(
        "CHANGED",
        "处理期间有另一次装载更新了数据,本次未写入任何内容;请重新运行一次。",
        "Another load changed the data meanwhile, nothing was written; run it again.",
    )


def incomplete(*options: str) -> LoadError:
    """The error for options of a command that only go together."""
    return LoadError("MISSING", f"请同时写明 {'、'.join(options)}。", f"Give {', '.join(options)} together.")
