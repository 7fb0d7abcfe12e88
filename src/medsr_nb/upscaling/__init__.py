"""Your own scan, enlarged: from any file to the same kind of file, and a page to look at it."""
