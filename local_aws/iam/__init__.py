"""Who may call: the claim, the signature and the policies, as IAM checks them."""
