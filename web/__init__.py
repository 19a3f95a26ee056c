"""Pages, API, login, files in and out, command line: HTTP, the clock and the framework live here only."""
