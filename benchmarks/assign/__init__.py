"""Which grid is it in: our assignment beside other exact engines, each in a process of its own."""
