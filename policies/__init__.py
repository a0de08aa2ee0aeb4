"""What the AWS side and the local stand-in both read: the IAM policies, and the function that they name."""
