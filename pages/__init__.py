"""One file per page: choose, call, draw. `components/` holds what pages share."""
