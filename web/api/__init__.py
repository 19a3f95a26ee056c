"""The HTTP API: one file a resource, one table of routes, and the description drawn from it.

route         what a route declares, and how it is answered: read, act, or act among many
description   the OpenAPI text, drawn from the routes and the types that travel
terms         the Chinese term of the trade for every field
routes        all of them together
"""
