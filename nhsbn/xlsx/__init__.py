"""Excel workbooks as packages of parts: answers spliced in, every other byte left as it was.

Here: bytes in, bytes out. Not here: files (a resource), and which answer goes where (the collection tool).
"""
