"""The editor's desk: the page where the people who own the answers read, try, edit and publish them."""

from handoff.console.pages.editor.page import add_editor_page

__all__ = ["add_editor_page"]
