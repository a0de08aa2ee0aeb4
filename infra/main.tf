# The AWS side for Terraform and OpenTofu, as template.yaml has it for CloudFormation:
#   terraform -chdir=infra init && terraform -chdir=infra apply -var image_uri=<the pushed image, by its digest>
# It holds no access key, since its secret would stand in the state: `make aws-key` makes one.
terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7" # run with 5.100.0
    }
  }
}

provider "aws" {} # region and credentials come from the environment: AWS_REGION, AWS_PROFILE

variable "image_uri" {
  description = "The image in ECR, best by its digest (make ecr-create ecr-login build push)."
  type        = string
}

variable "function_name" {
  type    = string
  default = "fastapi-sample"
}

variable "caller_name" {
  description = "The IAM user whose key the edge caller has. One user per caller."
  type        = string
  default     = "fastapi-sample-edge-caller"
}

variable "architecture" {
  description = "The architecture that the image was built for: x86_64 or arm64."
  type        = string
  default     = "x86_64"
  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Lambda has x86_64 and arm64."
  }
}

variable "memory_mb" {
  type    = number
  default = 512
}

variable "timeout_seconds" {
  type    = number
  default = 30
}

variable "invoke_mode" {
  description = "Whether the Function URL sends a response whole (BUFFERED) or as it comes (RESPONSE_STREAM)."
  type        = string
  default     = "BUFFERED"
  validation {
    condition     = contains(["BUFFERED", "RESPONSE_STREAM"], var.invoke_mode)
    error_message = "Lambda has BUFFERED and RESPONSE_STREAM."
  }
}

variable "log_retention_days" {
  type    = number
  default = 30
}

variable "reserved_concurrency" {
  description = "How many calls may run at once; -1 for the account's limit. 0 switches the function off."
  type        = number
  default     = -1
}

variable "delete_keys_with_caller" {
  description = "Whether destroy also deletes the caller's access keys, which aws-key made outside of Terraform."
  type        = bool
  default     = true
}

variable "issuer" {
  description = "The identity provider of the caller's role, such as https://token.actions.githubusercontent.com; empty for no role."
  type        = string
  default     = ""
  validation {
    condition     = var.issuer == "" || (can(regex("^https://[^\\s?#]*[^\\s?#/]$", var.issuer)) && var.issuer != "https://accounts.google.com")
    error_message = "Write the token's iss, with https:// and no slash at its end. For Google's tokens: make aws-role."
  }
}

variable "subject" {
  description = "The sub of the tokens that the role trusts."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^[^*?\"\\\\]*$", var.subject))
    error_message = "Write the whole sub, without * or ?."
  }
}

variable "create_provider" {
  description = "false if the account has that identity provider already."
  type        = bool
  default     = true
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  # The same file that the local stand-in enforces, with its three words replaced.
  caller_policy = replace(replace(replace(file("${path.module}/../policies/call-function-url.json"),
    "REGION", data.aws_region.current.id),
    "ACCOUNT_ID", data.aws_caller_identity.current.account_id),
  "FUNCTION_NAME", var.function_name)

  trust_policy = replace(replace(replace(file("${path.module}/../policies/trust-web-identity.json"),
    "ACCOUNT_ID", data.aws_caller_identity.current.account_id),
    "ISSUER", trimprefix(var.issuer, "https://")),
  "SUBJECT", var.subject)
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "function" {
  name               = "${var.function_name}-role"
  assume_role_policy = file("${path.module}/trust-policy.json")
}

resource "aws_iam_role_policy_attachment" "log" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_lambda_function" "function" {
  function_name                  = var.function_name
  package_type                   = "Image"
  image_uri                      = var.image_uri
  role                           = aws_iam_role.function.arn
  architectures                  = [var.architecture]
  memory_size                    = var.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = var.reserved_concurrency

  # The adapter's mode has to be that of the Function URL below.
  dynamic "environment" {
    for_each = var.invoke_mode == "RESPONSE_STREAM" ? ["response_stream"] : []
    content {
      variables = { AWS_LWA_INVOKE_MODE = environment.value }
    }
  }

  # else Lambda would make the group itself, without retention
  depends_on = [aws_cloudwatch_log_group.function]
}

resource "aws_lambda_function_url" "function" {
  function_name      = aws_lambda_function.function.function_name
  authorization_type = "AWS_IAM"
  invoke_mode        = var.invoke_mode
}

# AWS deletes no policy that something else has, too: detach first what this lists, then destroy.
#   aws iam list-entities-for-policy --policy-arn <the output policy_arn>
resource "aws_iam_policy" "caller" {
  name   = "${var.function_name}-call-url"
  policy = local.caller_policy
}

resource "aws_iam_user" "caller" {
  name          = var.caller_name
  force_destroy = var.delete_keys_with_caller
}

resource "aws_iam_user_policy_attachment" "caller" {
  user       = aws_iam_user.caller.name
  policy_arn = aws_iam_policy.caller.arn
}

resource "aws_iam_openid_connect_provider" "caller" {
  count          = var.issuer != "" && var.create_provider ? 1 : 0
  url            = var.issuer
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "caller" {
  count              = var.issuer != "" ? 1 : 0
  name               = "${var.caller_name}-role"
  assume_role_policy = local.trust_policy

  lifecycle {
    precondition {
      condition     = var.subject != ""
      error_message = "Give the subject, too: without it nobody could get the role."
    }
  }
}

resource "aws_iam_role_policy_attachment" "caller" {
  count      = var.issuer != "" ? 1 : 0
  role       = aws_iam_role.caller[0].name
  policy_arn = aws_iam_policy.caller.arn
}

output "caller_role_arn" {
  value = one(aws_iam_role.caller[*].arn)
}

output "function_url" {
  value = aws_lambda_function_url.function.function_url
}

output "function_arn" {
  value = aws_lambda_function.function.arn
}

output "policy_arn" {
  value = aws_iam_policy.caller.arn
}
