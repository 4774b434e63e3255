"""Fitting the outlook of a concept to what customers said: proposes numbers, and publishes nothing.

Two logistic regressions. The first says from its signs whether an open promise will be kept; the second says from V
whether the customer ends dissatisfied. A number whose sign would contradict its meaning (a confirmation that makes a
promise less likely to be kept) is set to 0: there it is chance, or another number says it already.
"""
