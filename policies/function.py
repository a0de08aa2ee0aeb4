"""The stand-in's function as AWS would name it: name, account, region, ID of the Function URL."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    name: str = "fastapi-sample"
    account_id: str = "123456789012"
    region: str = "ap-northeast-1"
    url_id: str = "local0function0url0of0this0machn"

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{self.name}"

    @property
    def domain_name(self) -> str:
        return f"{self.url_id}.lambda-url.{self.region}.on.aws"

    @property
    def invoke_api_host(self) -> str:
        return f"lambda.{self.region}.amazonaws.com"
