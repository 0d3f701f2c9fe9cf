"""The console: one page in the browser that shows a sandbox, made of the files in `static`."""

from jobtwin.console.pages import HEADERS, Console, Page

__all__ = ["HEADERS", "Console", "Page"]
