"""The seal: a hash chain over each book, so that a change behind the service's back is found and named."""
