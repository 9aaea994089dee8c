"""What price files say: which product was seen in which store, at which price, and when."""
