//! What peers tell each other: who is there, how high their ledgers are, and private data.
