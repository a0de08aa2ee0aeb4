// Signs the requests that come in as JSON, one a line, with aws4fetch and with @smithy/signature-v4, at a fixed time,
// and answers each with what would be sent: {signer: {target, headers}}, or {signer: {error}}.
import { createHash, createHmac } from "node:crypto";
import { createInterface } from "node:readline";
import { SignatureV4 } from "@smithy/signature-v4";
import { AwsV4Signer } from "aws4fetch";

const { ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN, REGION, AMZ_DATE } = process.env;

class Sha256 {
  constructor(key) {
    this.hash = key ? createHmac("sha256", key) : createHash("sha256");
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

async function aws4fetch({ method, url, headers, body }) {
  const signer = new AwsV4Signer({
    method,
    url,
    headers,
    body: body || undefined,
    accessKeyId: ACCESS_KEY_ID,
    secretAccessKey: SECRET_ACCESS_KEY,
    sessionToken: SESSION_TOKEN || undefined,
    service: "lambda",
    region: REGION,
    datetime: AMZ_DATE,
  });
  const signed = await signer.sign();
  return { target: signed.url.pathname + signed.url.search, headers: [...signed.headers] };
}

async function smithy({ method, url, headers, body }) {
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: ACCESS_KEY_ID,
      secretAccessKey: SECRET_ACCESS_KEY,
      sessionToken: SESSION_TOKEN || undefined,
    },
    service: "lambda",
    region: REGION,
    sha256: Sha256,
  });
  const { host, hostname, pathname, search, searchParams } = new URL(url);
  const query = {};
  for (const [name, value] of searchParams) query[name] = name in query ? [query[name], value].flat() : value;
  const signed = await signer.sign(
    { method, protocol: "https:", hostname, path: pathname, query, headers: { ...headers, host }, body: body || undefined },
    { signingDate: new Date(AMZ_DATE.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z")) },
  );
  return { target: pathname + search, headers: Object.entries(signed.headers) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answers = {};
  for (const [name, sign] of Object.entries({ aws4fetch, "@smithy/signature-v4": smithy })) {
    answers[name] = await sign(request).catch((error) => ({ error: error.name }));
  }
  console.log(JSON.stringify(answers));
}
