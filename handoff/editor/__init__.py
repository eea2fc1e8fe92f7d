"""Use-cases of the editor's desk: read and write the FAQ's Markdown, check, rehearse, publish, look back."""
