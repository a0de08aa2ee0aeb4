// Node's signers: reads a line "NAME KIND COUNT", writes the microseconds of CPU per signature.
// The requests are made before the clock starts, as for Python's signers.
import { createHash, createHmac } from "node:crypto";
import { createInterface } from "node:readline";
import { SignatureV4 } from "@smithy/signature-v4";
import aws4 from "aws4";
import { AwsV4Signer } from "aws4fetch";

const { HOST, ACCESS_KEY_ID, SECRET_ACCESS_KEY, REGION } = process.env;
const body = "x".repeat(1024);
const cache = new Map();

// Node's own SHA-256 behind the interface that @smithy/signature-v4 asks for: its JavaScript one is slower.
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
const smithy = new SignatureV4({
  credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
  region: REGION,
  service: "lambda",
  sha256: Sha256,
});

const type = { "content-type": "application/json" };
const signers = {
  aws4fetch: {
    prepare: (kind) =>
      new AwsV4Signer({
        url: `https://${HOST}/items/42?q=hello`,
        method: kind,
        headers: kind === "POST" ? type : {},
        body: kind === "POST" ? body : undefined,
        accessKeyId: ACCESS_KEY_ID,
        secretAccessKey: SECRET_ACCESS_KEY,
        service: "lambda",
        region: REGION,
        cache,
      }),
    sign: (signer) => signer.sign(),
  },
  aws4: {
    prepare: (kind) => ({
      host: HOST,
      path: "/items/42?q=hello",
      method: kind,
      service: "lambda",
      region: REGION,
      ...(kind === "POST" ? { body, headers: { ...type } } : {}),
    }),
    sign: (request) => aws4.sign(request, { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY }),
  },
  "@smithy/signature-v4": {
    prepare: (kind) => ({
      method: kind,
      protocol: "https:",
      hostname: HOST,
      path: "/items/42",
      query: { q: "hello" },
      headers: { host: HOST, ...(kind === "POST" ? type : {}) },
      body: kind === "POST" ? body : undefined,
    }),
    sign: (request) => smithy.sign(request),
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, kind, count] = line.split(" ");
  const { prepare, sign } = signers[name];
  const requests = Array.from({ length: Number(count) }, () => prepare(kind));
  const before = process.cpuUsage();
  for (const request of requests) await sign(request);
  const used = process.cpuUsage(before);
  console.log((used.user + used.system) / requests.length);
}
