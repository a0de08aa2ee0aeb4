// What FetchTransport and the SDK's ASGI adapter ask of workerd, in JavaScript: the same options, the same streams.
export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    const answer = await fetch(env.FUNCTION_URL + pathname, {
      method: request.method,
      redirect: "manual",
      encodeResponseBody: "manual",
    });
    const init = { status: answer.status, headers: [...answer.headers], encodeBody: "manual" };
    if (!answer.body) return new Response(null, init);
    const { readable, writable } = new TransformStream();
    context.waitUntil(answer.body.pipeTo(writable).catch(() => {}));
    return new Response(readable, init);
  },
};
