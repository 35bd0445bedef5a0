"""Networks that a student writes as a class deriving ``nn.Module``."""
