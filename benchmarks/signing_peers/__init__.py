"""The signers that benchmarks/signing.py compares, each ready to sign a request that was made before."""
