"""Archives: gzip streamed, zip from a spooled copy; both bounded."""
