"""The definitions of the endpoints as drawn tables that people can read, and the page made from them."""
