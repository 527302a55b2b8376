"""Small deliveries as hospitals send them, each with the value that the registry must give."""
