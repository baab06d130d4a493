"""Collection tools: templates, bindings, the state of every requested cell, and tools read back. Not the bytes."""
