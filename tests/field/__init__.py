"""Small deliveries as the field sends them, each with the value that the registry must give."""
