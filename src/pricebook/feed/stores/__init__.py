"""What files about stores say: who trades where, and until when that was seen to be so."""
