"""The AWS side: each click of the console as a step over the aws CLI, and the same as CloudFormation and Terraform."""
