"""Views filled anew from the log, compared with it, and parked customers taken up again."""
