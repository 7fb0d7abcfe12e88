"""One file a system. Every generator takes LR (B, h, w, 1) and gives SR (B, f*h, f*w, 1)."""
