"""Is everything well? Small checks, each a function, each with a next step where it is not."""
