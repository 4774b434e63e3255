"""How the tables of the alert service came to be what they are: a module for each step, never changed later."""
