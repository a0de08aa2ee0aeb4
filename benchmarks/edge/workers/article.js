// The article's Worker: one fixed URL, and a new client for each request.
import { AwsClient } from 'aws4fetch'
import { Hono } from 'hono'

const app = new Hono()

app.all('*', async (c) => {
  const client = new AwsClient({
    accessKeyId: c.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: c.env.AWS_SECRET_ACCESS_KEY,
    service: 'lambda',
    region: c.env.AWS_REGION,
  })
  const answer = await client.fetch(c.env.FUNCTION_URL)
  return c.body(await answer.text(), answer.status)
})

export default app
