// The caller as the article has it: Hono and aws4fetch on Workers. Here it passes every path on.
import { AwsClient } from "aws4fetch";
import { Hono } from "hono";

const app = new Hono();

app.all("*", async (c) => {
  const aws = new AwsClient({
    accessKeyId: c.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: c.env.AWS_SECRET_ACCESS_KEY,
    region: "ap-northeast-1",
    service: "lambda",
    retries: 0,
  });
  const { pathname, search } = new URL(c.req.url);
  const method = c.req.method;
  const body = method === "GET" || method === "HEAD" ? undefined : await c.req.arrayBuffer();
  return aws.fetch(c.env.FUNCTION_URL + pathname + search, { method, body });
});

export default app;
