// aws4fetch alone. Reads {url, method, body, credentials} from standard input; signs, sends, prints the request and answer.
import { readFileSync } from "node:fs";
import { AwsClient } from "aws4fetch";

const { url, method, body, credentials } = JSON.parse(readFileSync(0, "utf8"));
const aws = new AwsClient({ ...credentials, region: "ap-northeast-1", service: "lambda", retries: 0 });
const request = await aws.sign(url, { method, body });
const signed = { url: request.url, method: request.method, headers: [...request.headers], body: body ?? "" };
const answer = await fetch(request);
console.log(JSON.stringify({ signed, status: answer.status, errorType: answer.headers.get("x-amzn-errortype") }));
