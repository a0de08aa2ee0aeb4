// What the puzzle in JavaScript gets: the end of a signature that works, and `send`.
import { createHash, createHmac } from "node:crypto";
import { request } from "node:http";

export const HOST = "local0function0url0of0this0machn.lambda-url.ap-northeast-1.on.aws";
const KEY_ID = "AKIALOCAL00000000801";
const SECRET = "local-secret-of-puzzle-caller-not-a-real";

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

export const amzDateNow = () => new Date().toISOString().replace(/[-:]|\.\d+/g, "");

export function authorization(canonicalRequest, amzDate) {
  const parts = [amzDate.slice(0, 8), "ap-northeast-1", "lambda", "aws4_request"];
  const scope = parts.join("/");
  const text = ["AWS4-HMAC-SHA256", amzDate, scope, sha256(canonicalRequest)].join("\n");
  const key = parts.reduce(hmac, "AWS4" + SECRET);
  const signedHeaders = canonicalRequest.split("\n").at(-2);
  const signature = hmac(key, text).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=${KEY_ID}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

export function send(method, path, headers) {
  const { hostname, port } = new URL(process.env.PUZZLE_URL);
  request({ method, path, hostname, port, headers }, (answer) => answer.resume()).end();
}
