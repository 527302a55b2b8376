"""How well a model predicts: discrimination, calibration, decision curves and optimism, of any model's scores."""
