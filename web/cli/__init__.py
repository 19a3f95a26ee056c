"""The command line 命令行: works on the database itself, or hands its act to the running service.

    main      the list of commands, the reader's language, what an exit status means
    command   how a command is declared, where it runs
    house     what a command works on
    handover  giving a command to the service that holds the writer
    speech    what a command says, and the terminal that shows it

The other files hold the commands, one file a subject. The operating system's user is who asks, and is logged as such.
"""
