// The like-for-like Worker: it forwards path, query, headers and body, signed, and streams the response.
import { AwsClient } from 'aws4fetch'
import { Hono } from 'hono'

const DROPPED = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|authorization|expect|x-amz-.*|x-forwarded-.*|cf-.*)$/
let client

const app = new Hono()

app.all('*', async (c) => {
  client ??= new AwsClient({
    accessKeyId: c.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: c.env.AWS_SECRET_ACCESS_KEY,
    service: 'lambda',
    region: c.env.AWS_REGION,
  })
  const request = c.req.raw
  const { pathname, search } = new URL(request.url)
  const headers = new Headers()
  for (const [name, value] of request.headers) {
    if (!DROPPED.test(name)) headers.append(name, value)
  }
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
  const answer = await client.fetch(c.env.FUNCTION_URL + pathname.slice(1) + search, {
    method: request.method,
    headers,
    body: hasBody ? await request.arrayBuffer() : undefined,
    redirect: 'manual',
  })
  return new Response(answer.body, answer)
})

export default app
