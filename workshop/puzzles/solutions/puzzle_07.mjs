import { HOST, amzDateNow, authorization, send, sha256 } from "../given.mjs";

const path = "/items/" + encodeURIComponent("green tea");
const canonicalUri = path.split("/").map(encodeURIComponent).join("/");
const amzDate = amzDateNow();
const canonicalRequest = [
  "GET",
  canonicalUri,
  "",
  `host:${HOST}\nx-amz-date:${amzDate}\n`,
  "host;x-amz-date",
  sha256(""),
].join("\n");
send("GET", path, {
  Host: HOST,
  "X-Amz-Date": amzDate,
  Authorization: authorization(canonicalRequest, amzDate),
});
