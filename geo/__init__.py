"""Pure computation (计算): frames in, frames out; no database, no files, nothing of ours from outside this folder."""
