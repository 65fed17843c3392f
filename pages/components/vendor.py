"""Where the scripts of others lie on this server (本机脚本): under the base path, if there is one."""

from portal import assets


def vendor() -> str:
    """The address of portal/static/vendor."""
    return assets.folder("vendor")
