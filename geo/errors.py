"""What this folder raises when an input cannot be computed with."""


class GeoError(Exception):
    """One sentence for a reader in each language; `str()` gives the Chinese one."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en

    def __reduce__(self) -> tuple[type["GeoError"], tuple[str, str]]:
        # Exceptions pickle by `args`, which holds one sentence only.
        return type(self), (self.zh, self.en)
