"""How the tables of the experience service came to be what they are: a module for each step, never changed later."""
