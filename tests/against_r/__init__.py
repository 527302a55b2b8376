"""Every kind of figure of the analysis room beside R's survival package: within a relative 1e-6."""
