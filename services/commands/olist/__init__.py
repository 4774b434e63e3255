"""The orders of a marketplace, as Olist publishes them, as events: what was promised, and what came of it.

What stands for what:

- a journey is an order; its store is the seller of its first item, or `marketplace` where an order has no item;
- the promise is that of the estimated day, due when it ends; the marketplace makes it, the seller has to keep it;
- each item is handed over by the seller to the carrier, due at its shipping limit; the customer does not see it;
- the carrier is told apart by the way it goes, from the seller's state to the customer's, where customers.csv and
  sellers.csv are in the folder;
- what has the status delivered was delivered as ordered: the tables do not say in which condition it came;
- an order that was canceled, or whose goods were unavailable, breaks its promise at the last moment that is known of
  it (purchase, approval, hand-over or delivery): when it was given up, the tables do not say;
- feedback is the first review that was answered, without its words;
- times are those of São Paulo, where the marketplace is: the tables do not say which zone they are in.
"""
