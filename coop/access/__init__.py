"""Who may do what where: people with a login, roles by scope, segregation of duties, sessions and tokens."""
