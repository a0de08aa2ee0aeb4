// A platform for the Python Worker: the real Pyodide and Cloudflare's real SDK, with Node's HTTP server and fetch
// where workerd's would be. Prints one line of JSON when it listens. Usage: node pyodide_worker.mjs SOURCE PACKAGES
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { loadPyodide } from "pyodide";

const [source, packages] = process.argv.slice(2);
const env = JSON.parse(process.env.WORKER_ENV);
const context = { waitUntil() {} };

const pyodide = await loadPyodide({ env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" } });
pyodide.mountNodeFS("/worker", source);
pyodide.mountNodeFS("/python_modules", packages);
// What the SDK expects of workerd.
pyodide.registerJsModule("_pyodide_entrypoint_helper", { patchWaitUntil() {}, cloudflareWorkersModule: context });
pyodide.registerJsModule("_cloudflare_compat_flags", {});
pyodide.runPython("import random, sys; sys.path[:0] = ['/worker', '/python_modules']");

// Cloudflare refuses a Worker that asks for entropy while it is imported.
let entropyDrawn = 0;
const { getRandomValues } = crypto;
crypto.getRandomValues = (array) => (entropyDrawn++, getRandomValues.call(crypto, array));
const before = performance.now();
pyodide.runPython("import entry");
const importSeconds = (performance.now() - before) / 1000;
crypto.getRandomValues = getRandomValues;

const serve = pyodide.runPython(`
from workers import Request

async def serve(request, context, env):
    return await entry.Default(context, env).fetch(Request(request))

serve
`);

const server = createServer(async (incoming, outgoing) => {
  try {
    const response = await serve(requestOf(incoming), context, env);
    outgoing.writeHead(response.status, [...response.headers].flat());
    for await (const chunk of response.body ?? []) outgoing.write(chunk);
    outgoing.end();
  } catch (error) {
    console.error(error.message);
    outgoing.destroy();
  }
});
server.listen(0, "127.0.0.1", () =>
  console.log(JSON.stringify({ port: server.address().port, importSeconds, entropyDrawn })),
);

function requestOf(incoming) {
  const { method, rawHeaders, url } = incoming;
  const headers = [];
  for (let i = 0; i < rawHeaders.length; i += 2) headers.push([rawHeaders[i], rawHeaders[i + 1]]);
  const body = method === "GET" || method === "HEAD" ? undefined : Readable.toWeb(incoming);
  return new Request(`http://${incoming.headers.host}${url}`, { method, headers, body, duplex: "half" });
}
