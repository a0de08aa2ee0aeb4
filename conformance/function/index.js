// The function of the cases whose response streams: the prelude and the body that its event asks for, byte for byte.
// Inline code of a stack is index.js, a CommonJS module.

exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const asked = JSON.parse(event.body ?? "{}")
  stream.setContentType("application/vnd.awslambda.http-integration-response")
  stream.write(JSON.stringify(asked.prelude ?? { statusCode: 200 }))
  stream.write("\0".repeat(8))
  stream.write(asked.body ?? "x".repeat(asked.body_bytes ?? 0))
  stream.end()
})
